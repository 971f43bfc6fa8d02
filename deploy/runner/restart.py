"""runner restart: the runner's service on its host, unless a job runs; read back from systemd and from GitHub."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from deploy.buildkit.load import running_job
from deploy.buildkit.ready import insist
from deploy.core import errors
from deploy.core.ask import Unknown
from deploy.core.model import Dialog, Done, Offer
from deploy.core.values import dataclass
from deploy.runner.arguments import RestartArguments
from deploy.runner.errors import JobRunning, JobsUnknown, RunnerNotBack
from deploy.runner.outcomes import RunnerDown, RunnerRestarted
from deploy.runner.report import every_runner

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.systems.runner import RunnerService
    from deploy.world import World


ALL_THE_SAME = Offer(
    "Restart all the same",
    "runner restart --force",
    danger=True,
    asks=Dialog(
        "The job that the runner works on dies of it. Restart the runner's service?",
        "Restart the runner",
        "Let it work",
    ),
)


@dataclass(frozen=True, slots=True)
class Before:
    """The service before: which run of it that was, and when fisk looked."""

    at: float
    run: str
    note: str


@dataclass(frozen=True, slots=True)
class Observed:
    """When systemd called it active, and why GitHub's view is not known, if it is not."""

    at: float
    note: str
    unseen: str = ""


def the_runner(world: World) -> RunnerService:
    """Raises errors.NotOnAHost where fisk.toml does not say where it runs."""
    if world.systems.runner is None:
        raise errors.NotOnAHost(what="the runner", table="[runner]")
    return world.systems.runner


async def restart(world: World, op: Op) -> Outcome:
    """Restart the service, and see systemd and GitHub have it again."""
    runner = the_runner(world)
    force = op.arguments(RestartArguments).force
    was = await op.step("job", Before, lambda: _look(world, runner, force=force))
    with op.undoing():  # a service that was told to restart is waited for, whoever cancels
        try:
            await op.step("restart", Done, lambda: insist(world, op, lambda: _restart(runner, was)))
            active = await op.step("active", Observed, lambda: _active(world, op, runner))
        except errors.FiskError as error:
            return RunnerDown(error.failure, runner.spec.name)
        seen = await op.step("online", Observed, lambda: _online(world, op, runner))
    return RunnerRestarted(runner.spec.name, max(0.0, active.at - was.at), seen.unseen)


async def _look(world: World, runner: RunnerService, *, force: bool) -> Before:
    """Raises JobRunning and JobsUnknown, without force."""
    service = await runner.service()
    try:
        job = await running_job(world, runner.spec.name)
    except errors.SystemFailure as failure:
        if not force:
            raise JobsUnknown(runner=runner.spec.name, why=str(failure), offers=(ALL_THE_SAME,)) from None
        job = None
    if job and not force:
        raise JobRunning(runner=runner.spec.name, job=f"the job {job.name}", offers=(ALL_THE_SAME,))
    return Before(time.time(), service.run, f"{service.state}; {job.name} runs" if job else service.state)


async def _restart(runner: RunnerService, was: Before) -> Done:
    """An earlier run may have done it already."""
    now = await runner.service()
    if now.run != was.run and now.active:
        return Done("it runs anew")
    await runner.restart()
    return Done("restarted")


async def _active(world: World, op: Op, runner: RunnerService) -> Observed:
    """Raises RunnerNotBack where it does not stay active."""
    deadline = time.monotonic() + world.timeouts.buildkit_within
    while True:
        state = await _state(runner)
        if state.startswith("active"):
            return Observed(time.time(), state)
        if time.monotonic() > deadline:
            raise RunnerNotBack(
                runner=runner.spec.name,
                service=runner.spec.service,
                host=runner.spec.host,
                state=state,
                seconds=world.timeouts.buildkit_within,
            )
        await op.report(f"systemd: {state}")
        await op.pause(min(0.5, world.timeouts.poll))


async def _state(runner: RunnerService) -> str:
    try:
        return (await runner.service()).state
    except errors.HostFailure as failure:
        return str(failure)


async def _online(world: World, op: Op, runner: RunnerService) -> Observed:
    """GitHub's view is a courtesy: the list of runners needs more rights than all else that fisk asks for."""
    deadline = time.monotonic() + world.timeouts.buildkit_within
    while isinstance(seen := await _as_github_sees_it(world, runner.spec.name), Unknown):
        if time.monotonic() > deadline:
            return _unseen(seen.why)
        await op.report(seen.why)
        await op.pause(world.timeouts.poll)
    return seen


async def _as_github_sees_it(world: World, name: str) -> Observed | Unknown:
    """What GitHub says of a runner; Unknown where it may yet say more."""
    try:
        runners = await every_runner(world)
    except errors.MissingAbility:
        return _unseen("fisk's token may not list GitHub's runners")
    except errors.SystemFailure as failure:
        return Unknown(str(failure))
    mine = next((each for each in runners if each.name == name), None)
    if mine is None:
        return _unseen(f"GitHub has no runner {name}")
    return (
        Observed(time.time(), "GitHub calls it online")
        if mine.online
        else Unknown(f"GitHub calls {name} offline")
    )


def _unseen(why: str) -> Observed:
    return Observed(time.time(), why, why)
