"""What one operation ships to one target: judged, then acted on and proven, or put back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from deploy.core import errors
from deploy.core.ask import known
from deploy.core.model import LATEST, Deployment, Done, Failure, Release, Running, Target, short
from deploy.core.together import together
from deploy.deploys import rollout, situation
from deploy.deploys.answers import answered_by
from deploy.deploys.bake import Begun, begin
from deploy.deploys.checking import Checks, check
from deploy.deploys.deployers import deployer_of
from deploy.deploys.deployers.deployer import Pointed, Wanted, Watched
from deploy.deploys.follow import follow
from deploy.deploys.gate_report import GateReport
from deploy.deploys.health import health_of
from deploy.deploys.on_github import TELL, GitHubDeployment, close, open_entry
from deploy.deploys.onward import onward
from deploy.deploys.outcomes import Deployed, NotPutBack, PutBack
from deploy.deploys.put_back import put_back
from deploy.deploys.rollout import Before, Proven
from deploy.deploys.running import runs_by, strict_look

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.deploys.situation import Resolved
    from deploy.engine.engine import Op
    from deploy.world import World


class Shipment:
    """`judge` comes first, then `ship`; `back` takes back what was shipped.

    Args:
        world: where.
        op: the operation; each part of this is a step of it.
        target: where to.
        resolved: which commit and image.
        going_back: it is a rollback, which may go to an older commit.
    """

    def __init__(
        self, world: World, op: Op, target: Target, resolved: Resolved, *, going_back: bool = False
    ) -> None:
        self.target, self.resolved = target, resolved
        self._world, self._op = world.of(target), op
        self._going_back = going_back
        self._deployer = deployer_of(self._world, target)
        self._opened = GitHubDeployment(0)

    async def judge(self, *, force: bool = False) -> GateReport:
        """Evaluate every gate."""
        world, target, passes = self._world, self.target, self._op.operation.passes
        back = self._going_back
        self.report = await self._op.step(
            "gates",
            GateReport,
            lambda: situation.gates(
                world, target, self.resolved, force=force, going_back=back, passes=passes
            ),
        )
        return self.report

    async def ship(self) -> Outcome:
        """Deploy what was judged, and prove it; where that fails, put back what ran before."""
        op, past = self._op, self.report.past
        if past:
            await op.step("clear the way", Done, lambda: self._deployer.cancel(op, past))
        self._before = await op.step("remember", Before, lambda: _remember(self._world, op, self.target))
        self._known = self._before.running.deployments
        try:
            proven, checks = await self._act()
        except errors.FiskError as error:
            return await self.back(error.failure)
        deployed = await self._record(proven)
        deployed = _told(deployed, checks, await self._bake(deployed))
        if self.resolved.tag == LATEST and self._before.application is not None:
            return await follow(self._world, op, self.target, deployed)
        return replace(deployed, followed=self._before.followed)

    async def back(self, error: Failure) -> PutBack | NotPutBack:
        """Put back what ran before."""
        op, world, target = self._op, self._world, self.target
        pin, brought = self.resolved.tag == LATEST, self.report.migrations.brings
        outcome = await put_back(
            world, op, target, self._before, self._wanted, error, self._known, pin=pin, brought=brought
        )
        await close(world, op, target, self._wanted, self._opened, "failure")
        return outcome

    @property
    def _wanted(self) -> Wanted:
        sha = self.resolved.commit.sha
        return Wanted(sha, self.report.digest, tag=sha, others=self.report.others)

    async def _act(self) -> tuple[Proven, Checks]:
        op, deployer, wanted = self._op, self._deployer, self._wanted
        world, target = self._world, self.target
        before = self._known
        self._known = (await op.step("point", Pointed, lambda: deployer.point(wanted, before))).known
        triggered = await op.step("trigger", Deployment, lambda: deployer.trigger(op, wanted, self._known))
        self._opened = await op.step(TELL, GitHubDeployment, lambda: open_entry(world, op, target, wanted))
        watched = await op.step("watch", Watched, lambda: deployer.watch(op, triggered, wanted))
        proven = await op.step("prove", Proven, lambda: self._prove(watched.deployment))
        return proven, await self._check()

    async def _prove(self, deployment: Deployment) -> Proven:
        """That it is healthy, is what was judged, and answers for itself."""
        proven = await rollout.prove(self._world, self._op, self.target, self._wanted, deployment)
        await answered_by(self._world, self._op, self.target, self._wanted)
        return proven

    async def _check(self) -> Checks:
        if not self.target.checks:
            return Checks(0)
        world, op, sha = self._world, self._op, self._wanted.sha
        return await op.step(
            "check", Checks, lambda: check(world, op, self.target, sha, going_back=self._going_back)
        )

    async def _bake(self, it: Deployed) -> Begun:
        """A way back does not bake: nothing is to be put back from it."""
        if it.going_back or not (self.target.bake and self.target.checks):
            return Begun()
        world, op, target = self._world, self._op, self.target
        with op.undoing():
            return await op.step("bake", Begun, lambda: begin(world, op, target, it.sha, it.digest))

    async def _record(self, proven: Proven) -> Deployed:
        op, report, wanted = self._op, self.report, self._wanted
        now = await self._world.memory.now()
        by: Literal["digest", "health"] = "digest" if proven.digest else "health"
        weak = self.resolved.weak if self.resolved.released else report.weak
        digests = (report.digest, *report.others)
        release = _release(op, self.target, wanted.commit, digests, now, by, weak)
        with op.undoing():
            await op.step("record", Done, lambda: _remember_release(self._world, release))
        closed = await close(self._world, op, self.target, wanted, self._opened, "success")
        courtesy = (f"GitHub's deployments page does not show it: {closed.note}",) if closed.note else ()
        return Deployed(
            target=self.target.name,
            sha=wanted.commit,
            previous=report.running.sha,
            digest=report.digest,
            seconds=now - op.operation.created,
            proof="digest" if proven.digest else "not proven",
            commits=report.commits,
            warnings=(*report.warnings, *courtesy),
            going_back=self._going_back,
            unproven=proven.unproven,
            migrations=report.migrations.brings,
            onward=() if self._going_back else await onward(self._world, self.target),
        )


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


def _told(it: Deployed, checks: Checks, baking: Begun) -> Deployed:
    """With what its checks said, and whether they are asked again."""
    failed = tuple(f"it fails the check {each}" for each in checks.failed)
    doubts = (*checks.doubts, *((f"it does not bake: {baking.why}",) if baking.why else ()))
    warnings = (*it.warnings, *failed, *doubts)
    return replace(it, warnings=warnings, checks=checks.passed, bakes_until=baking.until)


async def _remember_release(world: World, release: Release) -> Done:
    await world.memory.history.add_release(release)
    return Done(short(release.sha))
