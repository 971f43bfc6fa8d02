"""The settings as the domain's values. Apart from the settings themselves, which an ack needs and these it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.model import Target
from deploy.core.timeouts import Timeouts
from deploy.doctor.verdicts import DoctorSpec
from deploy.systems.hosts import BuildKitSpec, Host, RunnerSpec

if TYPE_CHECKING:
    from bot.app.settings import Settings


def targets(settings: Settings) -> dict[str, Target]:
    return {name: Target(name=name, **table.model_dump()) for name, table in settings.targets.items()}


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
    return BuildKitSpec(**settings.buildkit.model_dump()) if settings.buildkit else None


def runner(settings: Settings) -> RunnerSpec | None:
    return RunnerSpec(**settings.runner.model_dump()) if settings.runner else None


def doctor(settings: Settings) -> DoctorSpec:
    return DoctorSpec(**settings.doctor.model_dump())
