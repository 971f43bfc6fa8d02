"""A run that dies at any of its deeds, before it or after: the next run takes what was done for its own."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from deploy.builds.read_back import ASK
from deploy.core import errors
from deploy.core.acting import Suspended
from deploy.deploys.on_github import TELL
from deploy.deploys.situation import _together
from deploy.engine.journal import Lost
from deploy.systems.http import SAFE, Http
from deploy.systems.ssh import Ssh
from sandbox import story
from sandbox.hosts import RUNNER
from tests.deploy.play import Play

if TYPE_CHECKING:
    from deploy.core.events import StepFinished
    from deploy.core.model import Actor
    from deploy.core.outcomes import Outcome
    from deploy.engine.journal import Lease

SOON = 5.0  # seconds of the story, in which a build notices that it is to stop
COMMANDS = ("restart", "start", "stop", "rename", "rm", "run", "prune")
# Doing it twice is as good as once.
REPEATABLE = ("PATCH", "cancel", "statuses", "docker start", "docker stop", "prune")


class Deeds:
    """What fisk asks others to change; it dies once at the so-manyth, `after` its answer came or before it is sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.done: Counter[str] = Counter()  # of what must not be done twice
        self.die_at, self.after = 0, False
        self.then: Callable[[], object] = lambda: None
        request, run = Http.request, Ssh.run

        async def requesting(http: Http, method: str, path: str, **options: Any) -> Any:
            if method in SAFE or options.get("looks"):
                return await request(http, method, path, **options)
            return await self._do(f"{method} {path}", lambda: request(http, method, path, **options))

        async def running(ssh: Ssh, argv: Any, **options: Any) -> Any:
            if not set(argv) & set(COMMANDS):
                return await run(ssh, argv, **options)
            return await self._do(shlex.join(argv), lambda: run(ssh, argv, **options))

        monkeypatch.setattr(Http, "request", requesting)
        monkeypatch.setattr(Ssh, "run", running)

    async def _do(self, what: str, act: Callable[[], Any]) -> Any:
        dies = len(self.asked) + 1 == self.die_at
        self.asked.append(what)
        if dies and not self.after:
            raise Suspended("the power went")
        self.done[what] += not any(word in what for word in REPEATABLE)
        answer = await act()
        self.then()
        if dies:
            raise Suspended("the power went")
        return answer


@pytest.fixture
def deeds(monkeypatch: pytest.MonkeyPatch) -> Deeds:
    return Deeds(monkeypatch)


async def _as_it_is(_: Play) -> None:
    """The world as the story has it."""


async def _stopped(play: Play) -> None:
    await play.outside.hosts.vps01.docker.stop("buildkitd")


@dataclass(frozen=True)
class Case:
    """An operation and how it ends; `count` are its deeds."""

    count: int
    end: str
    kind: str
    arguments: dict[str, Any] = field(default_factory=dict)
    build: str = ""
    before: Callable[[Play], Awaitable[object]] = _as_it_is

    async def run(self, play: Play, deeds: Deeds) -> Outcome:
        play.outside.hosts.vps01.docker.stopping = 0.1
        deeds.then = lambda: play.outside.clock.skip(SOON)
        await self.before(play)
        more = {"build": _build(play, self.build), "sha": self.build} if self.build else {}
        return await play.end(await play.begin(self.kind, **self.arguments, **more))


def _build(play: Play, sha: str) -> int:
    return next(run.id for run in play.outside.github.runs.all if run.commit.sha == sha)


HOST, APP = {"host": "vps01", "force": True}, {"target": "app"}
CASES = {
    "deploy": Case(5, "deployed", "deploy", {**APP, "ref": story.BUILT}),
    "put back": Case(6, "put_back", "deploy", {**APP, "ref": story.SICK}),
    "rerun": Case(1, "build_runs_again", "build rerun", build=story.BUILD_FAILED),
    "rerun a hung one": Case(2, "build_runs_again", "build rerun", {"stop": True}, story.BUILDING),
    "cancel": Case(1, "build_stopped", "build cancel", build=story.BUILDING),
    "start": Case(1, "build_started", "build start", {"workflow": story.WORKFLOW}),
    "restart": Case(1, "buildkit_restarted", "buildkit restart", HOST),
    "restart what is stopped": Case(1, "buildkit_restarted", "buildkit restart", HOST, before=_stopped),
    "recreate": Case(4, "buildkit_restarted", "buildkit recreate", HOST),
    "prune": Case(1, "buildkit_pruned", "buildkit prune", {**HOST, "keep": 0}),
    "restart the runner": Case(1, "runner_restarted", "runner restart", {"runner": RUNNER, "force": True}),
}


@pytest.mark.parametrize("name", CASES)
async def test_undisturbed_it_does_what_the_cases_below_count(play: Play, deeds: Deeds, name: str) -> None:
    case = CASES[name]
    assert (await case.run(play, deeds)).tag == case.end
    assert len(deeds.asked) == case.count, deeds.asked


@pytest.mark.parametrize("after", [False, True], ids=["before it is sent", "after its answer"])
@pytest.mark.parametrize(
    ("name", "at"), [(name, at) for name, case in CASES.items() for at in range(1, case.count + 1)]
)
async def test_a_death_at_any_deed_changes_nothing(
    play: Play, deeds: Deeds, name: str, at: int, *, after: bool
) -> None:
    deeds.die_at, deeds.after = at, after
    case = CASES[name]
    outcome = await case.run(play, deeds)
    assert (outcome.tag, len(deeds.asked) >= at) == (case.end, True)
    assert {what: times for what, times in deeds.done.items() if times > 1} == {}


def forget(play: Play, since: str, at: str) -> list[str]:
    """At the end of one step, put the record back to where an earlier one began, as a failover does that lost the rest.

    The answer has the step once that is done.
    """
    journal, state, kept, done = play.journal, play.state, dict[str, str](), list[str]()
    begin, checkpoint = journal.begin, journal.checkpoint

    async def beginning(lease: Lease, step: str) -> Actor | None:
        answer = await begin(lease, step)
        if step == since and not done:
            kept.update(await state.ask("HGETALL", state.key(f"op:{lease.operation}")))
        return answer

    async def keeping(lease: Lease, result: str, event: StepFinished) -> Actor | None:
        if event.step != at or done:
            return await checkpoint(lease, result, event)
        done.append(at)
        key, fields = state.key(f"op:{lease.operation}"), [part for pair in kept.items() for part in pair]
        await state.ask("DEL", key)
        await state.ask("HSET", key, *fields)
        raise Lost(lease.operation)

    journal.begin, journal.checkpoint = beginning, keeping  # type: ignore[method-assign]
    return done


@pytest.mark.parametrize(
    ("name", "since", "at"),
    [
        ("deploy", "point", "trigger"),
        ("deploy", "point", "watch"),
        ("deploy", TELL, "prove"),
        ("put back", "stop", "put back"),
        ("rerun", ASK, "see it there"),
        ("cancel", ASK, "see it there"),
        ("start", ASK, "see it there"),
        ("restart", "restart", "ready"),
        ("restart what is stopped", "restart", "ready"),
        ("recreate", "set aside", "make"),
        ("recreate", "make", "ready"),
        ("restart the runner", "restart", "online"),
    ],
)
async def test_what_a_failover_forgot_is_found_again_where_it_was_done(
    play: Play, deeds: Deeds, name: str, since: str, at: str
) -> None:
    forgot = forget(play, since, at)
    outcome = await CASES[name].run(play, deeds)
    assert (outcome.tag, forgot) == (CASES[name].end, [at])
    assert {what: times for what, times in deeds.done.items() if times > 1} == {}


async def test_a_right_that_is_lost_among_several_looks_is_no_failure() -> None:
    async def fails() -> None:
        raise errors.TimedOut(system="Coolify", seconds=1)

    async def lapses() -> None:
        raise Suspended("the lease ran out")

    async def both() -> None:
        async with _together() as group:
            group.create_task(fails())
            group.create_task(lapses())

    with pytest.raises(Suspended):
        await both()


async def test_a_builder_that_the_run_before_started_is_not_restarted(play: Play, deeds: Deeds) -> None:
    forget(play, "restart", "ready")
    await CASES["restart what is stopped"].run(play, deeds)
    assert deeds.asked == ["docker start buildkitd"]
