"""Fixtures: the sandbox's world, and fisk's clients for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from deploy.systems.coolify.coolify import Coolify
from deploy.systems.github import GitHub
from deploy.systems.health import HealthUrl
from deploy.systems.http import Http
from deploy.systems.registry import Registry
from sandbox import story
from sandbox.world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Story time stands still; a deployment takes no longer than it must."""
    async with World(speed=0, deploy_seconds=0.1) as world:
        yield world


@dataclass(frozen=True)
class Clients:
    """fisk's view of a world; `closing` what was opened."""

    world: World
    opened: list[Http | Registry | HealthUrl]

    def coolify(self, token: str = "") -> Coolify:
        headers = {"Authorization": f"Bearer {token or self.world.coolify_token}"}
        url, setting = self.world.coolify.url, "FISK_COOLIFY_TOKEN"
        return Coolify(self._open(Http("Coolify", url, headers=headers, setting=setting)))

    def github(self, token: str = "") -> GitHub:
        headers = {"Authorization": f"Bearer {token or self.world.github.token}"}
        http = Http("GitHub", self.world.github.url, headers=headers, setting="FISK_GITHUB_TOKEN")
        return GitHub(self._open(http), story.REPOSITORY)

    def registry(self, **options: object) -> Registry:
        registry = Registry(self.world.registry.url, **options)  # type: ignore[arg-type]
        self.opened.append(registry)
        return registry

    def health(self) -> HealthUrl:
        health = HealthUrl()
        self.opened.append(health)
        return health

    def _open(self, http: Http) -> Http:
        self.opened.append(http)
        return http


@pytest.fixture
async def clients(world: World) -> AsyncIterator[Clients]:
    clients = Clients(world, [])
    yield clients
    for each in clients.opened:
        await each.aclose()
