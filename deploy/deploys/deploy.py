"""deploy SHA, step by step: resolve, gates, remember, point, trigger, watch, prove, check, record, bake.

The lock is taken before the first step, together with the operation's record, so what the gates see cannot
change between their verdict and the act.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from deploy.access.approvals import require
from deploy.core import errors
from deploy.core.ask import ask, known
from deploy.core.model import LATEST, Deployment, Done, Release, Running, Target, short
from deploy.core.outcomes import Outcome, Refused
from deploy.core.together import together
from deploy.deploys import rollout, situation
from deploy.deploys.answers import answered_by
from deploy.deploys.arguments import DeployArguments
from deploy.deploys.bake import Begun, begin
from deploy.deploys.checking import Checks, check
from deploy.deploys.deployers import deployer_of
from deploy.deploys.deployers.deployer import Pointed, Wanted, Watched
from deploy.deploys.fingerprint import fingerprint, is_way_back
from deploy.deploys.follow import follow
from deploy.deploys.gate_report import GateReport
from deploy.deploys.health import health_of
from deploy.deploys.outcomes import Deployed
from deploy.deploys.put_back import put_back
from deploy.deploys.rollout import Before, Proven
from deploy.deploys.running import runs_by, strict_look
from deploy.deploys.situation import Resolved

if TYPE_CHECKING:
    from deploy.engine.engine import Op
    from deploy.world import World

TELL = "tell GitHub"


@dataclass(frozen=True, slots=True)
class GitHubDeployment:
    """GitHub's id of the deployment that fisk opened there, and what GitHub failed with; 0 where none is known."""

    deployment: int
    why: str = ""


async def deploy(world: World, op: Op) -> Outcome:
    """Deploy the commit or `latest` that the operation names."""
    asked = op.arguments(DeployArguments)
    target = world.targets.named(asked.target)
    world = world.of(target)
    resolved = await op.step("resolve", Resolved, lambda: situation.resolve(world, target, asked.ref))
    return await ship(world, op, target, resolved, force=asked.force)


async def ship(
    world: World, op: Op, target: Target, resolved: Resolved, *, force: bool = False, going_back: bool = False
) -> Outcome:
    """Deploy a resolved commit; `going_back`: a rollback, which may go to an older commit."""
    world = world.of(target)
    report = await op.step(
        "gates",
        GateReport,
        lambda: situation.gates(
            world, target, resolved, force=force, going_back=going_back, passes=op.operation.passes
        ),
    )
    if report.refusals:
        return Refused(report.refusals[0], report.refusals[1:])
    planned, way_back = fingerprint(target, resolved, report), is_way_back(resolved, force=force)
    await require(world, op, planned, exempt=going_back and way_back)
    deployer = deployer_of(world, target)
    if report.past:
        await op.step("clear the way", Done, lambda: deployer.cancel(op, report.past))
    before = await op.step("remember", Before, lambda: _remember(world, op, target))
    wanted = Wanted(resolved.commit.sha, report.digest, tag=resolved.commit.sha, others=report.others)
    known, opened = before.running.deployments, GitHubDeployment(0)
    try:
        known = (await op.step("point", Pointed, lambda: deployer.point(wanted, known))).known
        triggered = await op.step("trigger", Deployment, lambda: deployer.trigger(op, wanted, known))
        opened = await op.step(TELL, GitHubDeployment, lambda: _open(world, op, target, wanted))
        watched = await op.step("watch", Watched, lambda: deployer.watch(op, triggered, wanted))
        proven = await op.step("prove", Proven, lambda: _prove(world, op, target, wanted, watched.deployment))
        checks = await _check(world, op, target, wanted, going_back=going_back)
    except errors.FiskError as error:
        pin = resolved.tag == LATEST
        brought = report.migrations.brings
        outcome = await put_back(
            world, op, target, before, wanted, error.failure, known, pin=pin, brought=brought
        )
        await close(world, op, target, wanted, opened, "failure")
        return outcome
    deployed = await _record(
        world, op, target, wanted, resolved, report, opened, proven, going_back=going_back
    )
    deployed = _told(deployed, checks, await _bake(world, op, target, deployed))
    if resolved.tag == LATEST and before.application is not None:
        return await follow(world, op, target, deployed)
    return replace(deployed, followed=before.followed)


async def _remember(world: World, op: Op, target: Target) -> Before:
    """Record the present state; where it is healthy, as a release for rollbacks, even if not deployed by fisk."""
    seen, health = await together(strict_look(world, target), health_of(world, target))
    runs, healthy = await runs_by(world, target, seen), health.ok
    if healthy and runs.sha and runs.digest and not await _on_record(world, target, runs):
        proof: Literal["digest", "health"] = "digest" if runs.source == "host" else "health"
        now = await world.memory.now()
        release = _release(op, target, runs.sha, (runs.digest, *runs.others), now, proof, runs.weak)
        await world.memory.history.add_release(release)
    return Before(known(seen.application), runs, healthy, known(seen.project))


async def _on_record(world: World, target: Target, runs: Running) -> bool:
    newest = await world.memory.history.releases(target.name, 1)
    return any((release.sha, release.digest) == (runs.sha, runs.digest) for release in newest)


def _release(
    op: Op,
    target: Target,
    sha: str,
    digests: tuple[str, ...],
    at: float,
    proof: Literal["digest", "health"],
    weak: str,
) -> Release:
    digest, *others = digests
    by, actor = op.operation.id, op.operation.actor
    return Release(target.name, sha, sha, digest, at, by, actor, proof, weak, tuple(others))


async def _prove(world: World, op: Op, target: Target, wanted: Wanted, deployment: Deployment) -> Proven:
    """That it is healthy, is what was judged, and answers for itself."""
    proven = await rollout.prove(world, op, target, wanted, deployment)
    await answered_by(world, op, target, wanted)
    return proven


async def _check(world: World, op: Op, target: Target, wanted: Wanted, *, going_back: bool) -> Checks:
    if not target.checks:
        return Checks(0)
    return await op.step("check", Checks, lambda: check(world, op, target, wanted.sha, going_back=going_back))


async def _bake(world: World, op: Op, target: Target, it: Deployed) -> Begun:
    """A way back does not bake: nothing is to be put back from it."""
    if it.going_back or not (target.bake and target.checks):
        return Begun()
    with op.undoing():
        return await op.step("bake", Begun, lambda: begin(world, op, target, it.sha, it.digest))


def _told(it: Deployed, checks: Checks, baking: Begun) -> Deployed:
    """With what its checks said, and whether they are asked again."""
    failed = tuple(f"it fails the check {each}" for each in checks.failed)
    doubts = (*checks.doubts, *((f"it does not bake: {baking.why}",) if baking.why else ()))
    warnings = (*it.warnings, *failed, *doubts)
    return replace(it, warnings=warnings, checks=checks.passed, bakes_until=baking.until)


async def _open(world: World, op: Op, target: Target, wanted: Wanted) -> GitHubDeployment:
    """Open a deployment on GitHub. Optional: GitHub being down does not stop a deploy."""
    deployment = 0
    try:
        earlier = await _opened(world, op, target, wanted)  # by a run whose record of it was lost
        deployment = earlier or await _create(world, op, target, wanted)
        await world.systems.github.set_deployment_status(deployment, "in_progress", description=_named(op))
    except errors.FiskError as failure:
        return GitHubDeployment(deployment, str(failure))
    return GitHubDeployment(deployment)


async def _opened(world: World, op: Op, target: Target, wanted: Wanted) -> int:
    """The id of one that an earlier request opened, but that was not journaled; 0 where there is none."""
    mine = await world.systems.github.deployments(
        target.environment, sha=wanted.commit, description=_named(op)
    )
    return mine[0] if mine else 0


async def _create(world: World, op: Op, target: Target, wanted: Wanted) -> int:
    production = target.environment == "production"
    return await world.systems.github.create_deployment(
        wanted.commit, target.environment, _named(op), production=production
    )


def _named(op: Op) -> str:
    return f"fisk {op.operation.id}"


async def close(
    world: World, op: Op, target: Target, wanted: Wanted, opened: GitHubDeployment, state: str
) -> Done:
    """Tell GitHub's deployments page how it ended; the note says why that could not be done."""
    with op.undoing():
        return await op.step("close on GitHub", Done, lambda: _set(world, op, target, wanted, opened, state))


async def _set(
    world: World, op: Op, target: Target, wanted: Wanted, opened: GitHubDeployment, state: str
) -> Done:
    deployment = opened.deployment
    if opened.why and not deployment:  # the answer may be lost; the time to find out is limited
        lost = await ask("GitHub", _opened(world, op, target, wanted))
        deployment = known(lost) or 0
    if not deployment:
        return Done(opened.why)
    try:
        await world.systems.github.set_deployment_status(
            deployment, state, description=_named(op), environment_url=target.health
        )
    except errors.FiskError as failure:
        return Done(str(failure))
    return Done()


async def _record(
    world: World,
    op: Op,
    target: Target,
    wanted: Wanted,
    resolved: Resolved,
    report: GateReport,
    opened: GitHubDeployment,
    proven: Proven,
    *,
    going_back: bool,
) -> Deployed:
    digest = report.digest
    now = await world.memory.now()
    by: Literal["digest", "health"] = "digest" if proven.digest else "health"
    weak = resolved.weak if resolved.released else report.weak
    release = _release(op, target, wanted.commit, (digest, *report.others), now, by, weak)
    with op.undoing():
        await op.step("record", Done, lambda: _remember_release(world, release))
    closed = await close(world, op, target, wanted, opened, "success")
    courtesy = (f"GitHub's deployments page does not show it: {closed.note}",) if closed.note else ()
    return Deployed(
        target=target.name,
        sha=wanted.commit,
        previous=report.running.sha,
        digest=digest,
        seconds=now - op.operation.created,
        proof="digest" if proven.digest else "not proven",
        commits=report.commits,
        warnings=(*report.warnings, *courtesy),
        going_back=going_back,
        unproven=proven.unproven,
        migrations=report.migrations.brings,
    )


async def _remember_release(world: World, release: Release) -> Done:
    await world.memory.history.add_release(release)
    return Done(short(release.sha))
