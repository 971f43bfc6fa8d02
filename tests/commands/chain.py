"""Lines about the delivery chain, and what they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from commands.builds import OneBuild
    from commands.runner import RunnersTable
    from commands.status import ChainStatus, CommitJourney
    from deploy.builds.report import BuildReport
    from deploy.runner.report import Runners
    from deploy.status.journey import Journey
    from deploy.status.overview import Status
    from tests.commands.conftest import Asking


ALL = "*"


async def status(asking: Asking, target: str = "") -> Status:
    return cast("ChainStatus", await asking(f"status {target}")).status


async def where(asking: Asking, sha: str) -> Journey:
    return cast("CommitJourney", await asking(f"where {sha}")).journey


async def build(asking: Asking, which: str) -> BuildReport:
    return cast("OneBuild", await asking(f"build {which}")).report


async def runners(asking: Asking) -> Runners:
    return cast("RunnersTable", await asking("runner")).runners


def down(*systems: object) -> None:
    for system in systems:
        system.faults.queue(ALL, status=503, times=999)  # type: ignore[attr-defined]
