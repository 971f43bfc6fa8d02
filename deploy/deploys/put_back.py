"""After a failed or cancelled deploy: restore the previous state, and report the state reached.

The way back has more patience than the way there: a fault of Coolify's that passes is waited for, for as long as a
deploy may take.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.ask import Unknown, ask, known
from deploy.core.compose_model import Project
from deploy.core.coolify_model import CANCELLED, FINISHED
from deploy.core.model import HEAD, Deployment, Failure, Target, is_sha, short
from deploy.core.reference import brief
from deploy.core.values import dataclass
from deploy.deploys import rollout
from deploy.deploys.answers import other_answer
from deploy.deploys.deployers import deployer_of
from deploy.deploys.deployers.deployer import Pointed, Stopped, Wanted, Watched
from deploy.deploys.deployers.project import project
from deploy.deploys.health import health_of
from deploy.deploys.outcomes import NotPutBack, PutBack
from deploy.deploys.proof import proof
from deploy.deploys.retrying import persistently
from deploy.deploys.rollout import Before, Proven, path_of
from deploy.deploys.running import Look, look, runs_by

if TYPE_CHECKING:
    from deploy.engine.engine import Op
    from deploy.world import World

TOLD_WITHIN = 20.0  # seconds for Coolify to say what it is set to
LOOKS = 3  # probes of the health URL before it is called unhealthy


@dataclass(frozen=True, slots=True)
class Settled:
    """The app after the old image was restored: its health, whether its host runs another image, and why the host
    does not say; empty where it does.
    """

    healthy: bool
    other: bool = False
    unproven: str = ""

    @property
    def note(self) -> str:
        if self.other:
            return "the host runs another image"
        return "the app is healthy" if self.healthy else "the app is not healthy"


async def put_back(
    world: World,
    op: Op,
    target: Target,
    before: Before,
    wanted: Wanted,
    error: Failure,
    known: tuple[str, ...],
    *,
    pin: bool,
    brought: int = 0,
) -> PutBack | NotPutBack:
    """Restore the configuration and, where the old container may be gone, deploy the old image again.

    `known` are the deployments from before ours: what came of an unanswered request is looked for as well. `pin`: do
    not leave the app following `latest`, which names what has just failed. `brought`: how many migrations it brought,
    which stay wherever its container may have run.
    """
    stopped = Stopped("unknown")
    cancelled = error.code == errors.CancelRequested.slug
    deployer = deployer_of(world, target)
    with op.undoing():
        try:
            stopped = await op.step("stop", Stopped, lambda: deployer.stop(op, wanted, known))
            old = _old(before, pin=pin or _replaced(before, stopped))
            put = await op.step("put back", Pointed, lambda: _point(world, op, target, old, stopped.known))
            settled = await op.step("look", Settled, lambda: _settle(world, op, target, before))
            again = _deploys_again(before, stopped, settled)
            unproven = settled.unproven
            if again:
                unproven = await _redeploy(world, op, target, _old(before, pin=True), put.known)
        except errors.FiskError as second:
            why = second.failure
            assessed = await op.step(
                "assess", NotPutBack, lambda: _assess(world, op, target, before, wanted, error, why)
            )
            return replace(assessed, migrations=brought)
    return PutBack(
        error,
        target.name,
        _name(before),
        settled.healthy or again,
        redeployed=again,
        cancelled=cancelled,
        unproven=unproven or _traced(before),
        migrations=brought if stopped.status else 0,
        pinned=(again or pin) and before.followed and bool(before.running.of),
    )


def _traced(before: Before) -> str:
    """Why the image that ran before may not be of the commit that it is named by; empty where a log says so."""
    return f"only a tag says that it is this commit's: {before.running.weak}" if before.running.weak else ""


def _name(before: Before) -> str:
    """What ran before, as people are told it."""
    runs = before.running
    return runs.sha or (brief(runs.digest) if runs.digest else runs.deployed) or _was_set_to(before)


def _was_set_to(before: Before) -> str:
    if before.application is None:
        return before.project.set_to if before.project else ""
    return before.reference.shown if before.reference else before.application.tag


def _old(before: Before, *, pin: bool) -> Wanted:
    """What to go back to. What Coolify was set to by an earlier failure is not what runs, so what runs wins;
    only an app that follows `latest`, and whose container was not touched, is left following it, unless `pin`.
    """
    application, runs = before.application, before.running
    if application is None:
        return _old_project(before)
    if runs.of and (pin or runs.pinned):
        return Wanted(runs.sha or HEAD, runs.digest, tag=runs.sha or runs.deployed)
    reference = application.reference
    if reference is None:
        return Wanted(application.commit, tag=application.tag, name=application.image)
    return Wanted(application.commit, reference.digest, tag=reference.tag, name=application.image)


def _old_project(before: Before) -> Wanted:
    """The variables as they were, whatever they deploy: nothing else was changed."""
    project, runs = before.project or Project((), "", ()), before.running
    return Wanted(
        runs.sha or HEAD, runs.digest, tag=project.set_to, others=runs.others, variables=project.variables
    )


def _replaced(before: Before, stopped: Stopped) -> bool:
    """Whether the old container may be gone."""
    if before.application is None:
        return False  # its containers are looked at one by one
    if stopped.status == FINISHED:
        return True
    if stopped.status == "failed":
        return bool(before.application.not_rolling)
    return stopped.status == CANCELLED and not stopped.queued


def _deploys_again(before: Before, stopped: Stopped, settled: Settled) -> bool:
    sick = before.healthy and not settled.healthy
    return _replaced(before, stopped) or (bool(stopped.status) and (sick or settled.other))


async def _settle(world: World, op: Op, target: Target, before: Before) -> Settled:
    healthy = await _healthy(world, op, target)
    if before.project is not None:
        return await _settled_project(world, op, target, before.project, healthy=healthy)
    if not before.running.digest:
        return Settled(healthy, unproven=before.running.why or "which image ran before is not known")
    found = await ask("The host", proof(world, target, before.running.digest))
    if isinstance(found, Unknown):
        return Settled(healthy, unproven=found.why)
    return Settled(healthy, other=found.verdict == "something else")


async def _settled_project(
    world: World, op: Op, target: Target, before: Project, *, healthy: bool
) -> Settled:
    it = await persistently(world, op, lambda: project(world, target))
    untouched = {(part.id, part.digest) for part in before.parts} == {
        (part.id, part.digest) for part in it.parts
    }
    return Settled(healthy, other=not untouched)


async def _healthy(world: World, op: Op, target: Target) -> bool:
    for _ in range(LOOKS):
        if (await health_of(world, target)).ok:
            return True
        await op.pause(world.timeouts.poll)
    return False


async def _point(world: World, op: Op, target: Target, old: Wanted, known: tuple[str, ...]) -> Pointed:
    return await persistently(world, op, lambda: deployer_of(world, target).point(old, known))


async def _redeploy(world: World, op: Op, target: Target, old: Wanted, known: tuple[str, ...]) -> str:
    """Deploy it again; returns why its host does not say that it runs, empty where it does."""
    deployer = deployer_of(world, target)
    pointed = await op.step("point again", Pointed, lambda: _point(world, op, target, old, known))
    triggered = await op.step(
        "trigger again",
        Deployment,
        lambda: persistently(world, op, lambda: deployer.trigger(op, old, pointed.known)),
    )
    watched = await op.step("watch again", Watched, lambda: deployer.watch(op, triggered, old))
    proven = await op.step("prove again", Proven, lambda: _prove(world, op, target, old, watched.deployment))
    return proven.unproven


async def _prove(world: World, op: Op, target: Target, old: Wanted, deployment: Deployment) -> Proven:
    """Another commit that answers is told, and is no failure of the way back: it may have answered before."""
    proven = await rollout.prove(world, op, target, old, deployment)
    if version := await other_answer(world, target, old.commit):
        return replace(proven, unproven=f"{path_of(target)} is answered by {short(version)}")
    return proven


async def _assess(
    world: World,
    op: Op,
    target: Target,
    before: Before,
    wanted: Wanted,
    error: Failure,
    why: Failure,
) -> NotPutBack:
    """Say what is known. Coolify may be down, so what it was last told stands for what it is set to; what runs is
    what the host says, since somebody may have started another container meanwhile.
    """
    seen = known(await ask("Coolify", look(world, target), TOLD_WITHIN)) or Look(Unknown("nobody answers"))
    runs = await runs_by(world, target, replace(seen, deployments=()))
    return NotPutBack(
        error=error,
        why=why,
        target=target.name,
        wanted=_name(before),
        runs=runs.sha if runs.source == "host" and not runs.weak else "",
        set_to=_set_to(before, wanted, seen),
        healthy=await _healthy(world, op, target),
        file=f"{target.folder}/.env on {target.host}" if target.kind == "compose" else "",
        on_record=before.healthy and bool(before.running.sha and before.running.digest),
    )


def _set_to(before: Before, wanted: Wanted, seen: Look) -> str:
    """What would be deployed next, by its commit where that is one of the two in question."""
    if seen.project is not None:
        return wanted.sha if isinstance(seen.project, Unknown) else short(seen.project.set_to)
    application = known(seen.application)
    reference = application.reference if application else None
    if reference is None:
        return application.tag if application else wanted.sha
    names = {before.running.digest: before.running.sha, wanted.digest: wanted.commit}
    commit = names.get(reference.digest, "") or (reference.tag if is_sha(reference.tag) else "")
    return short(commit) or reference.shown
