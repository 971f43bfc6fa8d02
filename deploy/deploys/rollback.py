"""rollback [TARGET] [SHA]: to the last release that was proven healthy, or to the one that is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.model import Commit, Release, Target, short
from deploy.deploys import situation
from deploy.deploys.arguments import RollbackArguments
from deploy.deploys.deploy import ship
from deploy.deploys.errors import NotARelease, NothingToRollBackTo
from deploy.deploys.running import what_runs
from deploy.deploys.situation import Resolved

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.world import World

KNOWN = 20  # releases that are looked through


async def rollback(world: World, op: Op) -> Outcome:
    """Deploy an earlier release; the gates know that it goes back on purpose."""
    asked = op.arguments(RollbackArguments)
    target, ref = world.targets.named(asked.target), asked.ref
    resolved = await op.step("resolve", Resolved, lambda: _resolve(world, target, ref))
    return await ship(world, op, target, resolved, going_back=True)


async def _resolve(world: World, target: Target, ref: str) -> Resolved:
    releases = await world.memory.history.releases(target.name, KNOWN)
    runs = (await what_runs(world, target)).sha
    release = _named(releases, ref, target) if ref else _last(releases, runs, target)
    try:
        return await situation.resolve(world, target, release.sha)
    except errors.SystemFailure:  # a way back must not hang on GitHub: the release says all that is needed
        return Resolved(Commit(release.sha, "", "", "", release.at), release.tag)


def _named(releases: tuple[Release, ...], ref: str, target: Target) -> Release:
    fitting = {release.sha: release for release in reversed(releases) if release.sha.startswith(ref.lower())}
    if len(fitting) != 1:
        known = ", ".join(dict.fromkeys(short(release.sha) for release in releases)) or "none"
        raise NotARelease(sha=ref, target=target.name, known=known)
    return next(iter(fitting.values()))


def _last(releases: tuple[Release, ...], runs: str, target: Target) -> Release:
    """The newest release before the first one of what runs: what was released after that is no way back,
    or a second rollback would return to what the first one left.
    """
    first = max((place for place, release in enumerate(releases) if release.sha == runs), default=-1)
    for release in releases[first + 1 :]:
        if release.sha != runs:
            return release
    raise NothingToRollBackTo(target=target.name)
