"""The settings as the domain's values. Apart from the settings themselves, which an ack needs and these it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.model import Target
from deploy.core.timeouts import Timeouts
from deploy.systems.hosts import BuildKitSpec, Host, RunnerSpec
from deploy.world import Targets

if TYPE_CHECKING:
    from bot.app.settings import Settings


def targets(settings: Settings) -> Targets:
    named = (Target(name=name, **table.model_dump()) for name, table in settings.targets.items())
    return Targets(named, settings.doctor.workers)


def timeouts(settings: Settings) -> Timeouts:
    return Timeouts(
        poll=settings.poll_seconds,
        healthy_for=settings.healthy_seconds,
        healthy_within=settings.healthy_within,
        deploy_within=settings.deploy_within,
        build_within=settings.build_within,
        buildkit_within=settings.buildkit_within,
    )


def hosts(settings: Settings) -> dict[str, Host]:
    return {name: Host(name=name, **table.model_dump()) for name, table in settings.hosts.items()}


def buildkit(settings: Settings) -> BuildKitSpec | None:
    """The container, and where the doctor looks that it does not answer."""
    if settings.buildkit is None:
        return None
    return BuildKitSpec(**settings.buildkit.model_dump(), outside=settings.doctor.outside)


def runner(settings: Settings) -> RunnerSpec | None:
    return RunnerSpec(**settings.runner.model_dump()) if settings.runner else None
