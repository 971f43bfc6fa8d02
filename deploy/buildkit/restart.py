"""buildkit restart: say which builds die, restart, and wait until BuildKit answers, not until docker returns."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from deploy.buildkit.arguments import RestartArguments
from deploy.buildkit.errors import BuildKitGone, BuildsOnIt, BuildsUnknown, NoContainer
from deploy.buildkit.load import running_builds, the_buildkit
from deploy.buildkit.offers import RECREATE, all_the_same
from deploy.buildkit.outcomes import BuildKitDown, BuildKitRestarted, Killed
from deploy.buildkit.ready import TOLD_WITHIN, Ready, insist, last_words, ready
from deploy.core import errors
from deploy.core.ask import Unknown, ask
from deploy.core.model import Build, Done, Failure, short
from deploy.core.units import plural
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.systems.buildkit import BuildKit
    from deploy.systems.docker import Container
    from deploy.world import World

T = TypeVar("T")
STOPS_WITHIN = 12.0  # seconds for docker to stop a container: it is killed after ten
LOOK_EVERY = 0.25  # seconds, meanwhile


@dataclass(frozen=True, slots=True)
class Before:
    """The state before: its time, the running builds, and when the container started (0: not running)."""

    at: float
    killed: tuple[Killed, ...]
    started: float
    note: str


def dying(killed: tuple[Killed, ...]) -> str:
    """`2 builds (3f2a1b9, 9c41d07)`."""
    shas = ", ".join(short(each.sha) for each in killed)
    return f"{plural(len(killed), 'build')} ({shas})"


def note(killed: tuple[Killed, ...]) -> str:
    return f"{dying(killed)} will die" if killed else "no build runs on it"


def kill(builds: tuple[Build, ...]) -> tuple[Killed, ...]:
    return tuple(Killed(build.id, build.sha, build.url) for build in builds)


async def restart(world: World, op: Op) -> Outcome:
    """Restart BuildKit's container; with `when` = `idle` once no build runs on it."""
    buildkit, asked = the_buildkit(world), op.arguments(RestartArguments)
    look = partial(_look, world, buildkit, force=asked.force and not asked.when_idle)
    if asked.when_idle:
        before = await op.step("wait until idle", Before, lambda: until_idle(world, op, look))
    else:
        before = await op.step("builds", Before, look)
    act = _Restart(op, buildkit, before, asked=op.was_at("restart"))
    with op.undoing():  # not cancellable from here on: a stopped BuildKit must be started again
        try:
            await op.step("restart", Done, lambda: insist(world, op, act))
            answered = await op.step("ready", Ready, lambda: ready(world, op, buildkit))
        except errors.FiskError as error:
            why = error.failure
            return await op.step("assess", BuildKitDown, lambda: assess(buildkit, why, before.killed))
    seconds = max(0.0, answered.at - before.at)
    return BuildKitRestarted(buildkit.spec.host, seconds, answered.platforms, before.killed)


async def _look(world: World, buildkit: BuildKit, *, force: bool) -> Before:
    """The state before. Raises NoContainer, and what `would_die` raises."""
    container = await buildkit.container()
    if container is None:
        name, host = buildkit.spec.container, buildkit.spec.host
        raise NoContainer(container=name, host=host, offers=(RECREATE,))
    killed = await would_die(world, "restart", force=force)
    return Before(time.time(), killed, container.started if container.running else 0, note(killed))


async def would_die(world: World, verb: str, *, force: bool) -> tuple[Killed, ...]:
    """The running builds that a restart kills. With force none where GitHub does not answer.

    Raises:
        BuildsOnIt, BuildsUnknown: without force.
    """
    try:
        killed = kill(await running_builds(world))
    except errors.SystemFailure as failure:
        if force:
            return ()
        raise BuildsUnknown(why=str(failure), verb=verb, offers=(all_the_same(verb),)) from None
    if killed and not force:
        host = the_buildkit(world).spec.host
        raise BuildsOnIt(builds=dying(killed), host=host, verb=verb, offers=(all_the_same(verb),))
    return killed


async def until_idle(world: World, op: Op, look: Callable[[], Awaitable[T]]) -> T:
    """The result of `look` once it no longer refuses because of builds.

    Raises:
        errors.GaveUpWaiting: after the time limit for a build.
    """
    deadline = time.monotonic() + world.timeouts.build_within
    while time.monotonic() < deadline:
        try:
            return await look()
        except BuildsOnIt as busy:
            await op.report(f"{busy.builds} on it; fisk starts no new one meanwhile")
        except (BuildsUnknown, errors.HostFailure) as failure:
            await op.report(str(failure))
        await op.pause(world.timeouts.poll)
    raise errors.GaveUpWaiting(minutes=world.timeouts.build_within / 60, what="BuildKit to be idle")


class _Restart:
    """Restarts the container, or starts it where an earlier run stopped it; not one that was started since.

    `asked`: whether it was asked for already, by this run or an earlier one. Docker may then still be stopping the
    container, which until then looks as if nothing had been asked.
    """

    def __init__(self, op: Op, buildkit: BuildKit, before: Before, *, asked: bool) -> None:
        self.op, self.buildkit, self.before, self.asked = op, buildkit, before, asked

    async def __call__(self) -> Done:
        now = await self._now()
        if self.asked and now.running:
            now = await self._once_carried_out()
        if now.running and now.started > self.before.started:
            return Done("it runs anew")
        if now.state in {"exited", "created"}:
            await self.buildkit.docker.start(now.name)
            return Done("started")
        self.asked = True
        await self.buildkit.docker.restart(now.name)
        return Done("restarted")

    async def _now(self) -> Container:
        container = await self.buildkit.container()
        if container is None:
            raise BuildKitGone(container=self.buildkit.spec.container, host=self.buildkit.spec.host)
        return container

    async def _once_carried_out(self) -> Container:
        """The container once it was started anew, or has had the time for it."""
        deadline = time.monotonic() + STOPS_WITHIN
        while (now := await self._now()).running and now.started <= self.before.started:
            if time.monotonic() > deadline:
                break
            await self.op.report("it may still be stopping")
            await self.op.pause(LOOK_EVERY)
        return now


async def assess(buildkit: BuildKit, error: Failure, killed: tuple[Killed, ...]) -> BuildKitDown:
    """The outcome after a failure, with the present state."""
    return BuildKitDown(error, buildkit.spec.host, await what_is_so(buildkit), killed)


async def what_is_so(buildkit: BuildKit) -> str:
    """A sentence about the container's state."""
    name, host = buildkit.spec.container, buildkit.spec.host
    container = await ask(host, buildkit.container(), TOLD_WITHIN)
    if isinstance(container, Unknown):
        return f"How {name} is nobody knows: {container.why}"
    if container is None:
        return f"There is no container {name} on {host} now."
    return f"The container {name} is {container.state}; its last word: {await last_words(buildkit)}."
