"""promote [FROM] [TO]: the very image that one target was proven to run, deployed to another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.core.model import Failure, Release, Running, Target, short
from deploy.core.outcomes import Refused
from deploy.core.reference import brief, same_repository
from deploy.deploys.deploy import ship
from deploy.deploys.health import health_of
from deploy.deploys.offers import promoting
from deploy.deploys.overtaken import Overtaken
from deploy.deploys.running import is_release, what_runs
from deploy.deploys.situation import Resolved
from deploy.releases.arguments import PromoteArguments
from deploy.releases.errors import NotHealthyThere, NotProvenThere, OtherRepository

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.world import World


async def promote(world: World, op: Op) -> Outcome:
    """Deploy by digest what the other target runs, whatever its tags name by now."""
    asked = op.arguments(PromoteArguments)
    target = world.targets.named(asked.target)
    resolved = await op.step("resolve", Resolved, lambda: resolve_promotion(world, asked))
    outcome = await ship(world, op, target, resolved, force=asked.force)
    return _as_promotion(outcome, asked, resolved) if isinstance(outcome, Refused) else outcome


async def resolve_promotion(world: World, asked: PromoteArguments) -> Resolved:
    """The release that is proven in the one target, for the other.

    Raises:
        OtherRepository: the two run different images.
        NotProvenThere: what runs there is not the release that was proven last.
        NotHealthyThere: it does not answer healthy just now, and nobody said `force`.
        Overtaken: it is not the commit that was meant.
        SystemFailure: GitHub or Coolify does not answer.
    """
    source, target = world.targets.named(asked.source), world.targets.named(asked.target)
    world = world.of(target)
    if not _same_images(source, target):
        raise OtherRepository(source=source.name, image=source.image, target=target.name, other=target.image)
    release = await proven(world, source)
    _require_meant(asked, release)
    if not asked.force:
        await _require_healthy(world, source, release)
    commit = await world.systems.github.commit(release.sha)
    return Resolved(commit, release.sha, release.digest, others=release.others)


def _same_images(one: Target, other: Target) -> bool:
    pairs = tuple(zip(one.every_image, other.every_image, strict=False))
    same_many = len(one.every_image) == len(other.every_image)
    return same_many and all(same_repository(*pair) for pair in pairs)


async def proven(world: World, source: Target) -> Release:
    """The newest release of a target, where that is what runs. Raises NotProvenThere, and SystemFailure."""
    newest = next(iter(await world.memory.history.releases(source.name, 1)), None)
    if newest is None or not newest.digest:
        raise NotProvenThere(source=source.name, why="fisk has no release of it with a digest")
    runs = await what_runs(world, source)
    if not is_release(newest, runs):
        raise NotProvenThere(source=source.name, why=_other(newest, runs))
    return newest


def _other(newest: Release, runs: Running) -> str:
    found = short(runs.sha) or (brief(runs.digest) if runs.digest else "")
    if not found:
        return f"nobody can say what it runs ({runs.why.rstrip('.')})"
    return f"it runs {found}, and {short(newest.sha)} was proven last"


def _require_meant(asked: PromoteArguments, release: Release) -> None:
    """A button is for the commit that ran there when it was drawn."""
    if not release.sha.startswith(asked.ref):
        now = short(release.sha)
        offer = promoting(asked.source, asked.target, now, label=f"Promote {now}")
        raise Overtaken(target=asked.source, seen=short(asked.ref), runs=now, offers=(offer,))


async def _require_healthy(world: World, source: Target, release: Release) -> None:
    health = await health_of(world, source)
    if not health.ok:
        why = f"it answered {health.status}" if health.status else health.why
        raise NotHealthyThere(source=source.name, sha=short(release.sha), why=why)


# --- the way past a gate


def _as_promotion(refused: Refused, asked: PromoteArguments, resolved: Resolved) -> Refused:
    first, *also = (as_promotion(each, asked, resolved) for each in (refused.error, *refused.also))
    return replace(refused, error=first, also=tuple(also))


def as_promotion(failure: Failure, asked: PromoteArguments, resolved: Resolved) -> Failure:
    """A gate's refusal whose way past it promotes again: a deploy would take what the tag names by now."""
    sha = short(resolved.commit.sha)
    past = (
        f"deploy {sha} --to {asked.target} --force",
        f"promote {asked.source} {asked.target} --of {sha} --force",
    )
    offers = tuple(replace(each, command=each.command.replace(*past)) for each in failure.offers)
    return replace(failure, hint=failure.hint.replace(*past), offers=offers)
