"""The platform's systems as the settings name them, each opened when it is first asked for something.

Their HTTP client takes a fifth of a start and some megabytes, and nothing that people ask for at first needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AsyncExitStack

    from bot.app.metrics import Metrics
    from bot.app.settings import Settings
    from deploy.systems.coolify.coolify import Coolify
    from deploy.systems.github import GitHub
    from deploy.systems.health import HealthUrl
    from deploy.systems.hosts import Host
    from deploy.systems.http import Http
    from deploy.systems.registry import Registry
    from deploy.systems.ssh import Ssh

T = TypeVar("T")
GITHUB = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


class _Later:
    """Stands for what `opening` gives, until somebody needs it."""

    def __init__(self, opening: Callable[[], object]) -> None:
        self._opening = opening

    def __getattr__(self, name: str) -> Any:
        if "_opened" not in vars(self):
            self._opened = self._opening()
        return getattr(self._opened, name)


def later(opening: Callable[[], T]) -> T:
    """What `opening` gives, opened at its first use."""
    return cast("T", _Later(opening))


class Systems:
    """Opens the systems; the stack closes those that were opened."""

    def __init__(self, settings: Settings, metrics: Metrics, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._observe = metrics.observe
        self._stack = stack

    def github(self) -> GitHub:
        from deploy.systems.github import GitHub  # noqa: PLC0415 (see the top)

        settings = self._settings
        token = settings.github_token.get_secret_value()
        headers = {**GITHUB, "Authorization": f"Bearer {token}"} if token else GITHUB
        http = self._http("GitHub", settings.github_url, headers, "FISK_GITHUB_TOKEN")
        return GitHub(http, settings.github_repository, settings.github_branch)

    def coolify(self) -> Coolify:
        from deploy.systems.coolify.coolify import Coolify  # noqa: PLC0415 (likewise)

        headers = {"Authorization": f"Bearer {self._settings.coolify_token.get_secret_value()}"}
        return Coolify(self._http("Coolify", self._settings.coolify_url, headers, "FISK_COOLIFY_TOKEN"))

    def registry(self) -> Registry:
        from deploy.systems.registry import Registry  # noqa: PLC0415 (likewise)

        settings = self._settings
        registry = Registry(
            settings.registry_url,
            settings.registry_user,
            settings.registry_password,
            settings.registry_host,
            observe=self._observe,
        )
        self._stack.push_async_callback(registry.aclose)
        return registry

    def health(self) -> HealthUrl:
        from deploy.systems.health import HealthUrl  # noqa: PLC0415 (likewise)

        health = HealthUrl()
        self._stack.push_async_callback(health.aclose)
        return health

    def ssh(self, host: Host) -> Ssh:
        from deploy.systems.ssh import Ssh  # noqa: PLC0415 (likewise)

        ssh = Ssh(host, observe=self._observe)
        self._stack.push_async_callback(ssh.aclose)
        return ssh

    def _http(self, system: str, url: str, headers: Mapping[str, str], setting: str) -> Http:
        from deploy.systems.http import Http  # noqa: PLC0415 (likewise)

        http = Http(system, url, headers=headers, setting=setting, observe=self._observe)
        self._stack.push_async_callback(http.aclose)
        return http
