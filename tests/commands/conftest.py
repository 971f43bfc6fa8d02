"""Fixtures: a world for commands over the session's real Valkey; with the sandbox's systems on request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.app.settings import Settings
from bot.app.wiring import Parts, opened
from commands.dispatch import dispatch
from commands.grammar import parse
from commands.request import Request
from deploy.access.access import Access
from deploy.access.policy import Policy
from deploy.core import errors
from deploy.core.model import Actor, Origin
from sandbox.world import World
from tests.deploy.conftest import ANA, HERE
from tests.keys import KEY

if TYPE_CHECKING:
    from commands.reply import Reply

MARKO = Actor("U2", "marko")
TIMEOUTS = {"FISK_POLL_SECONDS": "0.05", "FISK_HEALTHY_SECONDS": "0.2"}
ANYONE = Policy(frozenset({ANA.id, MARKO.id, "cli:*"}))


@dataclass(frozen=True, slots=True)
class Asking:
    """People who type lines; their operations wait for a runner that a test may be."""

    parts: Parts

    async def __call__(
        self, line: str, actor: Actor = ANA, origin: Origin = HERE, policy: Policy = ANYONE
    ) -> Reply:
        self.access.rules = replace(self.access.rules, policy=policy)
        return await dispatch(Request(parse(line), line, actor, origin), self.parts.submitting())

    @property
    def access(self) -> Access:
        return self.parts.world.memory.stores.of(Access)


class Members:
    """A workspace without guests."""

    async def name(self, user: str) -> str:  # noqa: ARG002 (the directory's)
        return ""

    async def known(self, actor: Actor) -> Actor:
        return replace(actor, standing="member")


@pytest.fixture
async def outside() -> AsyncIterator[World]:
    async with World(speed=0, deploy_seconds=0.2) as world:
        world.key = KEY.get_secret_value()
        yield world


@pytest.fixture
async def asking(
    outside: World, valkey_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Asking]:
    config = tmp_path / "fisk.toml"
    config.write_text(outside.config_toml())
    settings = {**outside.environment(), **TIMEOUTS, "FISK_CONFIG": str(config), "FISK_REDIS_URL": valkey_url}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    async with opened(Settings()) as parts:
        asking = Asking(parts)
        asking.access.directory = Members()
        yield asking


def without_memory(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be written down from now on."""

    async def lost(*_: object) -> None:
        raise errors.StateUnavailable(where="the memory")

    monkeypatch.setattr(asking.parts.state, "run", lost)
