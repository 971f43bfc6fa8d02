"""Processes that are killed, suspended or disconnected: exactly one finishes, and nothing is done twice."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.core.acting import Right, Suspended, current_right, insist_on_right
from deploy.core.clock import boottime
from deploy.core.events import TakenOver
from deploy.core.model import Done
from deploy.core.outcomes import Cancelled, Completed
from deploy.engine.engine import Engine
from deploy.engine.journal import Journal
from deploy.engine.locks import Locks
from deploy.kinds import KINDS
from deploy.redis import embedded
from tests.deploy.conftest import ANA, LEASE, MakeEngine, Opened, an_operation, ended, events, reachable, told
from tests.deploy.engine.killed_story import POINTS, done, story
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.redis.connect import State


def runner(url: str, folder: Path, die_at: str = "") -> subprocess.Popen[str]:
    """A process that takes over whatever there is, and kills itself at that point."""
    module = "tests.deploy.engine.killed_story"
    process = subprocess.Popen(
        [sys.executable, "-m", module, url, folder, die_at], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "working\n"
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


@asynccontextmanager
async def working(engine: Engine) -> AsyncIterator[None]:
    task = asyncio.create_task(engine.work())
    yield
    await engine.drain(0)
    await task


@pytest.mark.parametrize("point", POINTS)
async def test_what_a_killed_runner_left_is_finished_by_another(
    valkey_url: str, tmp_path: Path, journal: Journal, engines: MakeEngine, point: str
) -> None:
    process = runner(valkey_url, tmp_path, die_at=point)
    operation = an_operation()
    await journal.start(operation)
    assert await asyncio.to_thread(process.wait, 20) == -signal.SIGKILL
    end(process)
    async with working(engines(story(tmp_path))):
        assert (await ended(journal, operation.id)).outcome == Completed("a4c9e1f")
    assert done(tmp_path).count("trigger") == 1
    assert set(done(tmp_path)) == {"trigger", "prove"}
    assert await Locks(journal.state).locked() == {}
    takers = [event for event in await events(journal, operation.id) if isinstance(event, TakenOver)]
    assert [event.fence for event in takers] == [1, 2]


async def test_a_runner_that_slept_through_its_lease_is_fenced_off(
    valkey_url: str, tmp_path: Path, journal: Journal, engines: MakeEngine
) -> None:
    """Stopped in its first step, overtaken, and woken when the other one has finished."""
    process = runner(valkey_url, tmp_path, die_at="never")
    operation = an_operation(kind="deploy")
    os.kill(process.pid, signal.SIGSTOP)
    await journal.start(operation)
    os.kill(process.pid, signal.SIGCONT)

    async def begun() -> bool:
        return (await journal.load(operation.id)).state != "waiting"

    await until(begun)
    os.kill(process.pid, signal.SIGSTOP)
    try:
        async with working(engines(story(tmp_path))):
            assert (await ended(journal, operation.id)).outcome == Completed("a4c9e1f")
    finally:
        os.kill(process.pid, signal.SIGCONT)
    other = an_operation()
    await journal.start(other)  # it goes on working, and has nothing more to say about the first one
    await ended(journal, other.id)
    told = await events(journal, operation.id)
    assert done(tmp_path).count("trigger") == 1
    assert [type(event).__name__ for event in told].count("Finished") == 1
    end(process)


async def test_a_run_whose_lease_lapsed_stops_before_its_next_side_effect(
    state: State, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    acted: list[str] = []

    async def act() -> Done:
        acted.append("acted")
        return Done()

    async def story(op: Op) -> Outcome:
        woken = boottime() + 2 * LEASE
        monkeypatch.setattr("deploy.engine.op.boottime", lambda: woken)
        await op.step("act", Done, act)
        return Completed()

    engine = Engine(Journal(state, KINDS, lease=LEASE), told(story), "r1")
    operation = an_operation()
    await engine.submit(operation)
    await engine.idle()
    monkeypatch.undo()
    assert acted == []
    assert (await journal.load(operation.id)).state == "running"
    await engine.drain(0)
    await journal.abandon(operation.id, ANA, "the test is over")


async def test_what_fails_after_the_lease_is_no_failure_of_the_operation(
    state: State, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a time limit does that ran out while the machine slept."""
    compensated: list[str] = []

    async def act() -> Done:
        woken = boottime() + 2 * LEASE
        monkeypatch.setattr("deploy.engine.op.boottime", lambda: woken)
        raise errors.TimedOut(system="Coolify", seconds=10)

    async def story(op: Op) -> Outcome:
        try:
            await op.step("act", Done, act)
        except errors.FiskError:
            compensated.append("put back")
        return Completed()

    engine = Engine(Journal(state, KINDS, lease=LEASE), told(story), "r1")
    operation = an_operation()
    await engine.submit(operation)
    await engine.idle()
    monkeypatch.undo()
    left = await journal.load(operation.id)
    assert (compensated, left.state, left.failures) == ([], "running", {})
    await engine.drain(0)
    await journal.abandon(operation.id, ANA, "the test is over")


async def test_what_a_run_leaves_behind_in_a_thread_has_no_right_to_act(
    journal: Journal, engines: MakeEngine
) -> None:
    rights: list[Right] = []

    async def story(_: Op) -> Outcome:
        rights.append(current_right())
        insist_on_right()
        return Completed()

    operation = an_operation()
    await engines(story).submit(operation)
    assert (await ended(journal, operation.id)).outcome == Completed()
    with pytest.raises(Suspended):
        rights[0]()


@pytest.mark.outage
@pytest.mark.parametrize("fault", ["stopped", "killed"])
async def test_an_outage_suspends_a_run_and_it_goes_on_when_the_server_is_back(
    tmp_path: Path, opened: Opened, fault: str
) -> None:
    state = await opened()
    journal = Journal(state, KINDS, lease=LEASE)
    server = embedded.Server(tmp_path)
    acted: list[str] = []

    async def story(op: Op) -> Outcome:
        async def break_it() -> Done:
            if not acted:
                os.kill(server.pid, signal.SIGSTOP if fault == "stopped" else signal.SIGKILL)
            acted.append("first")
            return Done()

        async def act() -> Done:
            acted.append("second")
            return Done()

        await op.step("first", Done, break_it)
        await op.step("second", Done, act)
        return Completed()

    engine = Engine(journal, told(story), "r1")
    operation = an_operation()
    await engine.submit(operation)
    await engine.idle()
    assert acted == ["first"]
    if fault == "stopped":
        with pytest.raises(errors.StateUnavailable):
            await engine.submit(an_operation("app:staging"))
        os.kill(server.pid, signal.SIGCONT)
    async with working(engine):
        await reachable(state)
        assert (await ended(journal, operation.id)).outcome == Completed()
        assert acted[-1] == "second"
        assert acted.count("second") == 1

        async def alone() -> bool:
            return await Locks(state).locked() == {}

        await until(alone)  # what was refused in the outage does not come back either
        assert [snapshot.operation for snapshot in await journal.running()] == []


async def test_a_step_that_asks_nobody_is_cut_off_when_its_lease_runs_out_in_an_outage(
    tmp_path: Path, opened: Opened
) -> None:
    state = await opened()
    server = embedded.Server(tmp_path)
    runs: list[int] = []

    async def story(op: Op) -> Outcome:
        async def act() -> Done:
            runs.append(op.lease.fence)
            if len(runs) == 1:
                await asyncio.Event().wait()
            return Done()

        await op.step("act", Done, act)
        return Completed()

    engine = Engine(Journal(state, KINDS, lease=LEASE), told(story), "r1")
    operation = an_operation()
    await engine.submit(operation)
    await until(lambda: asyncio.sleep(0, bool(runs)))
    os.kill(server.pid, signal.SIGKILL)
    await engine.idle()
    async with working(engine):
        await reachable(state)
        assert (await ended(Journal(state, KINDS), operation.id)).outcome == Completed()
    assert len(runs) > 1


async def test_a_failover_is_noticed_and_a_run_that_it_lost_stops(opened: Opened) -> None:
    """The new master knows nothing of one run; with a lease this long only the failover itself tells."""
    state = await opened()
    journal = Journal(state, KINDS, lease=60)
    known, lost = an_operation("app:app"), an_operation("app:staging")

    stopped: list[str] = []

    async def story(op: Op) -> Outcome:
        try:
            await op.pause(60)
        finally:
            stopped.append(op.operation.id)
        return Completed()

    engine = Engine(journal, told(story), "r1")
    async with working(engine):
        await engine.submit(known)
        await engine.submit(lost)
        await state.ask("DEL", state.key(f"op:{lost.id}"))
        for master in (("127.0.0.1", 1), ("NO", "ONE")):
            await state.ask("REPLICAOF", *master)

        async def noticed() -> bool:
            return bool(stopped)

        await until(noticed)
        assert stopped == [lost.id]
        await journal.cancel(known.id, ANA)
        assert (await ended(journal, known.id)).outcome == Cancelled(ANA)
