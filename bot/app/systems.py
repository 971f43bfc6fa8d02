"""Clients of the platform's systems, from the settings. Each connects at its first request."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from deploy.engine.audit_copies import AuditFile, AuditUrl, Copies, Copy
from deploy.redis.mutex import Mutex
from deploy.systems.buildkit import BuildKit
from deploy.systems.compose import Compose
from deploy.systems.coolify.coolify import Coolify
from deploy.systems.docker import Docker
from deploy.systems.github import GitHub
from deploy.systems.health import HealthUrl
from deploy.systems.http import Http, Observe
from deploy.systems.prometheus import Prometheus
from deploy.systems.registry import Registry
from deploy.systems.runner import RunnerService
from deploy.world import Systems

if TYPE_CHECKING:
    from bot.app.settings import Settings
    from deploy.redis.connect import State
    from deploy.systems.hosts import BuildKitSpec
    from deploy.systems.ssh import Ssh

Client = TypeVar("Client", bound="_Closing")
GITHUB = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


def open_systems(settings: Settings, observe: Observe, stack: AsyncExitStack) -> Systems:
    """Clients of all configured systems; the stack closes them. `observe` is called for every request."""
    hosts = _hosts(settings, observe, stack)
    buildkit, runner = settings.buildkit, settings.runner
    docker = {name: Docker(ssh) for name, ssh in hosts.items()}
    http = _closed(stack, _github(settings, observe))
    usual = GitHub(http, settings.github_repository, settings.github_branch)
    return Systems(
        github=usual,
        repositories=_repositories(settings, http, usual),
        registry=_closed(stack, _registry(settings, observe)),
        coolify=_coolify(settings, observe, stack),
        health=_closed(stack, HealthUrl()),
        prometheus=_closed(stack, Prometheus(observe)),
        hosts=hosts,
        docker=docker,
        compose={
            name: Compose(docker[target.host], target)
            for name, target in settings.targets.items()
            if target.kind == "compose"
        },
        buildkit=BuildKit(_guarded(buildkit, settings), hosts[buildkit.host]) if buildkit else None,
        runner=RunnerService(runner, hosts.get(runner.host)) if runner else None,
    )


def open_copies(
    settings: Settings, state: State, runner: str, observe: Observe, stack: AsyncExitStack
) -> Copies:
    """The copies of the audit log outside, where any are set."""
    file = AuditFile(Path(settings.audit_file)) if settings.audit_file else None
    token = settings.audit_token.get_secret_value()
    copies: list[Copy] = [file] if file else []
    if settings.audit_url:
        headers, setting = _bearer(token) if token else {}, "FISK_AUDIT_TOKEN"
        http = Http(
            "the audit log's copy", settings.audit_url, headers=headers, setting=setting, observe=observe
        )
        copies.append(AuditUrl(_closed(stack, http), state, Mutex(state, runner)))
    return Copies(state, tuple(copies), file)


class _Closing(Protocol):
    async def aclose(self) -> None: ...


def _closed(stack: AsyncExitStack, client: Client) -> Client:
    """Have the stack close the client; returns the client."""
    stack.push_async_callback(client.aclose)
    return client


def _hosts(settings: Settings, observe: Observe, stack: AsyncExitStack) -> dict[str, Ssh]:
    if not settings.hosts:
        return {}
    from deploy.systems.ssh import Ssh  # noqa: PLC0415 (paramiko takes a tenth of the start, and 11 MiB)

    return {name: _closed(stack, Ssh(host, observe=observe)) for name, host in settings.hosts.items()}


def _github(settings: Settings, observe: Observe) -> Http:
    token = settings.github_token.get_secret_value()
    headers = GITHUB | _bearer(token) if token else GITHUB
    return Http("GitHub", settings.github_url, headers=headers, setting="FISK_GITHUB_TOKEN", observe=observe)


def _repositories(settings: Settings, http: Http, usual: GitHub) -> dict[str, GitHub]:
    """That of each target; targets of one repository and branch share a client, and so what it remembers."""
    made = {(usual.repository, usual.branch): usual}
    found: dict[str, GitHub] = {}
    for name, target in settings.targets.items():
        repository, branch = target.repository or usual.repository, target.branch or usual.branch
        found[name] = made.setdefault((repository, branch), GitHub(http, repository, branch))
    return found


def _coolify(settings: Settings, observe: Observe, stack: AsyncExitStack) -> Coolify:
    headers = _bearer(settings.coolify_token.get_secret_value())
    http = Http(
        "Coolify", settings.coolify_url, headers=headers, setting="FISK_COOLIFY_TOKEN", observe=observe
    )
    return Coolify(_closed(stack, http))


def _registry(settings: Settings, observe: Observe) -> Registry:
    return Registry(
        settings.registry_url,
        settings.registry_user,
        settings.registry_password,
        settings.registry_host,
        observe=observe,
    )


def _guarded(spec: BuildKitSpec, settings: Settings) -> BuildKitSpec:
    """The spec with the `[doctor]` table's addresses at which BuildKit must not answer."""
    return replace(spec, outside=(*spec.outside, *settings.doctor.outside))


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
