"""rollback [TARGET] [SHA]: to the last release that was proven healthy, or to the one that is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.model import Commit, Offer, Release, Running, Target, short
from deploy.core.reference import brief
from deploy.deploys.arguments import RollbackArguments
from deploy.deploys.deploy import ship
from deploy.deploys.offers import to_go_back
from deploy.deploys.release_errors import NotARelease, NothingToRollBackTo, ReleaseGone
from deploy.deploys.running import is_release, what_runs
from deploy.deploys.situation import Resolved

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.world import World

KNOWN = 20  # releases that are looked through
OFFERED = 2  # of those after what runs


async def rollback(world: World, op: Op) -> Outcome:
    """Deploy an earlier release; the gates know that it goes back on purpose."""
    asked = op.arguments(RollbackArguments)
    target, ref = world.targets.named(asked.target), asked.ref
    world = world.of(target)
    resolved = await op.step("resolve", Resolved, lambda: resolve_release(world, target, ref))
    return await ship(world, op, target, resolved, force=asked.force, going_back=True)


async def resolve_release(world: World, target: Target, ref: str) -> Resolved:
    """The release to go back to: the named one, or the last that was proven before what runs.

    Raises NotARelease, NothingToRollBackTo, ReleaseGone.
    """
    world = world.of(target)
    releases = await world.memory.history.releases(target.name, KNOWN)
    runs = await what_runs(world, target)
    ways = _named(releases, ref, target) if ref else _ways_back(releases, runs, target)
    release = ways[0]
    digest = await _there(world, target, release, ways, runs)
    try:
        commit = await world.systems.github.commit(release.sha)
    except errors.SystemFailure:  # a way back must not hang on GitHub: the release says all that is needed
        commit = Commit(release.sha, "", "", "", release.at)
    last = ref == "" or _is_last(release, releases, runs)
    return Resolved(commit, release.tag, digest, bool(release.digest), release.weak, last, release.others)


def _named(releases: tuple[Release, ...], ref: str, target: Target) -> tuple[Release, ...]:
    """The newest release of that commit, and those before it."""
    fitting = {release.sha for release in releases if release.sha.startswith(ref.lower())}
    if len(fitting) != 1:
        known = ", ".join(dict.fromkeys(short(release.sha) for release in releases)) or "none"
        raise NotARelease(sha=ref, target=target.name, known=known)
    (sha,) = fitting
    first = next(place for place, release in enumerate(releases) if release.sha == sha)
    return releases[first:]


def _ways_back(releases: tuple[Release, ...], runs: Running, target: Target) -> tuple[Release, ...]:
    """The releases before the first one of what runs: what was released after that is no way back,
    or a second rollback would return to what the first one left.
    """
    ways = _before(releases, runs)
    if not ways:
        raise _nothing(releases, runs, target)
    return ways


def _is_last(release: Release, releases: tuple[Release, ...], runs: Running) -> bool:
    return release == next(iter(_before(releases, runs)), None)


def _before(releases: tuple[Release, ...], runs: Running) -> tuple[Release, ...]:
    first = max((place for place, each in enumerate(releases) if is_release(each, runs)), default=-1)
    return tuple(each for each in releases[first + 1 :] if not is_release(each, runs))


def _nothing(releases: tuple[Release, ...], runs: Running, target: Target) -> NothingToRollBackTo:
    """What was released after what runs is no way back by itself, but is one by its name."""
    after = list(dict.fromkeys(short(each.sha) for each in releases if not is_release(each, runs)))
    later = f" ({short(runs.sha)}); released after it: {', '.join(after)}" if after else ""
    offers = tuple(_going(f"Go to {sha}", target, sha, runs) for sha in after[:OFFERED])
    return NothingToRollBackTo(target=target.name, later=later, offers=offers)


def _going(label: str, target: Target, sha: str, runs: Running) -> Offer:
    now = short(runs.sha)
    line = f"rollback {target.name} {sha}" + (f" --when-ran {now}" if now else "")
    return Offer(label, line, danger=True, asks=to_go_back(target.name, sha, now))


async def _there(
    world: World, target: Target, release: Release, ways: tuple[Release, ...], runs: Running
) -> str:
    """The digest to go back to. Raises ReleaseGone, with the next release whose image is there on offer."""
    if await _exists(world, target, release):
        return release.digest
    for other in ways[1:]:
        if (other.sha, other.digest) != (release.sha, release.digest) and await _exists(world, target, other):
            raise _gone(target, release, short(other.sha), runs)
    raise _gone(target, release, "", runs)


async def _exists(world: World, target: Target, release: Release) -> bool:
    return await world.systems.registry.digest(target.image, release.digest or release.tag) is not None


def _gone(target: Target, release: Release, other: str, runs: Running) -> ReleaseGone:
    offers = (_going(f"Roll back to {other}", target, other, runs),) if other else ()
    instead = (
        f"the next release whose image is there is {other}" if other else "no earlier one is there either"
    )
    image = brief(release.digest) if release.digest else f"{target.image}:{short(release.tag)}"
    return ReleaseGone(
        sha=short(release.sha), image=image, instead=instead, target=target.name, offers=offers
    )
