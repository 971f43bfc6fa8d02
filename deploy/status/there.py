"""What a target runs beside one commit, and what was to bring that there."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal

from deploy.core.ask import Unknown, ask, known
from deploy.core.model import Deployment, Health, Image, Release, Running, Target
from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.deploys.arguments import Shipping
from deploy.deploys.health import look_and_health
from deploy.deploys.running import Look, newest_deployments, runs_by
from deploy.engine.snapshot import Snapshot
from deploy.status.drift import Drift, drift

if TYPE_CHECKING:
    from deploy.core.github_model import Commit
    from deploy.core.model import Operation
    from deploy.world import World

RELEASES = 100
SKEW = 86_400.0  # seconds by which the clock of whoever made a commit may be ahead

Relation = Literal["this", "within", "not yet", "elsewhere", "unknown"]


@dataclass(frozen=True, slots=True)
class There:
    """What a target runs beside this commit.

    `this`: exactly it; `within`: a later one that has it; `not yet`: an earlier one; `elsewhere`: neither has the
    other. `release` is fisk's own record of shipping it, `deployment` Coolify's; `tried` is the newest operation
    that was to bring it there and is under way, or ended otherwise than well.
    """

    target: Target
    running: Running
    relation: Relation
    release: Release | None
    deployment: Deployment | None
    health: Health | Unknown
    drift: Drift = field(default_factory=Drift)
    tried: Snapshot | None = None


async def there(world: World, target: Target, ref: str, *, whole: bool) -> There:
    """All but the operation. Without `whole`, Coolify is asked for the target's deployments only where the answer hangs
    on them, and otherwise for those under way. Never raises for a system.
    """
    (seen, health), releases, commit = await together(
        look_and_health(world, target, whole=whole),
        ask("fisk's memory", world.memory.history.releases(target.name, RELEASES)),
        world.systems.github.commit(ref),
    )
    shipped = known(releases) or ()
    release = next((each for each in shipped if each.sha == commit.sha), None)
    runs = await runs_by(world, target, seen)
    if not whole and target.kind == "coolify" and _hangs_on_deployments(runs, commit, release):
        seen = replace(seen, deployments=await ask("Coolify", newest_deployments(world, target)))
        runs = await runs_by(world, target, seen)
    how, named = await together(relation(world, commit, runs.sha), tagged(world, target, runs.sha))
    return There(
        target=target,
        running=runs,
        relation=how,
        release=release,
        deployment=_of(commit, seen),
        health=health,
        drift=await drift(world, target, seen.application, runs, shipped, named, health),
    )


def _hangs_on_deployments(runs: Running, commit: Commit, release: Release | None) -> bool:
    """Whether they may say which commit it is, or who brought it there."""
    return not runs.sha or (runs.sha == commit.sha and release is None)


def _of(commit: Commit, seen: Look) -> Deployment | None:
    return next((each for each in known(seen.deployments) or () if each.commit == commit.sha), None)


async def relation(world: World, commit: Commit, sha: str) -> Relation:
    """How what runs lies to a commit; never raises for a system."""
    if not sha:
        return "unknown"
    if sha == commit.sha:
        return "this"
    seen = await ask("GitHub", world.systems.github.compare(commit.sha, sha))
    if isinstance(seen, Unknown):
        return "unknown"
    relations: dict[str, Relation] = {"ahead": "within", "identical": "this", "behind": "not yet"}
    return relations.get(seen.status, "elsewhere")


async def tagged(world: World, target: Target, sha: str) -> Image | Unknown | None:
    """The image that a commit's tag names now."""
    if not sha:
        return None
    return await ask("The registry", world.systems.registry.image(target.image, sha, target.platform))


def runs_in(target: Target) -> str:
    """Under which the commit is cached that ran when the target was last looked at."""
    return f"runs:{target.name}"


# --- what was to bring it there


async def attempts(world: World, commit: Commit) -> dict[str, Snapshot]:
    """For each target the newest operation that was to deploy the commit there, unless it did.

    None can have begun before there was the commit. Raises errors.StateUnavailable.
    """
    running, over = await together(
        world.memory.journal.running(),
        world.memory.history.since(min(commit.at, time.time()) - SKEW),
    )
    newest = _newest((*running, *over), commit)
    return {target: each for target, each in newest.items() if each.state != "done"}


def _newest(among: Sequence[Snapshot], commit: Commit) -> dict[str, Snapshot]:
    """By target; what was created later takes the place of what was before."""
    order = sorted(among, key=lambda each: each.operation.created)
    return {target: each for each in order for target in _brings(each.operation, commit)}


def _brings(operation: Operation, commit: Commit) -> Iterable[str]:
    asked = operation.arguments
    if isinstance(asked, Shipping) and asked.ref and commit.sha.startswith(asked.ref):
        yield asked.target
