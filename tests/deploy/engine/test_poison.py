"""An operation under which runner after runner dies is set aside, and a person says how it goes on."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.core.events import SetAside, StepFinished
from deploy.core.model import Resource
from deploy.core.outcomes import Completed
from deploy.engine.audit import Audit
from deploy.engine.claims import DEATHS, Aside
from deploy.engine.journal import Journal, Lost
from deploy.engine.locks import Locks
from deploy.engine.outbox import Outbox
from deploy.kinds import KINDS
from tests.deploy.conftest import ANA, HERE, MakeEngine, an_operation, ended, reachable
from tests.deploy.engine.begun import begun
from tests.deploy.engine.killed_story import done, story
from tests.deploy.engine.test_engine_crashes import end, runner, working
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.engine.engine import Op
    from deploy.engine.journal import Lease
    from deploy.redis.connect import State
    from tests.deploy.relay import Relay

LONG = 60.0  # seconds of a lease that does not lapse by itself in a test


async def expired(state: State, operation: Operation, seconds: float = LONG * 10) -> None:
    """As if its lease had ended so long ago."""
    ago = int((await state.now() - seconds) * 1000)
    await state.ask("ZADD", state.key("leases"), "XX", ago, operation.id)


async def dies(journal: Journal, operation: Operation, runners: int, first: int = 0) -> Lease:
    """So many runners claim it, and die; the lease of the last one."""
    leases = []
    for number in range(first, first + runners):
        leases.append(await journal.take(operation.id, f"dead-{number}"))
        await expired(journal.state, operation)
    assert leases[-1]
    return leases[-1]


async def poisoned(journal: Journal) -> Operation:
    """An operation that a worker has set aside."""
    operation = an_operation()
    await journal.start(operation)
    await dies(journal, operation, DEATHS)
    assert await journal.claim("r1") is None
    return operation


async def test_a_step_that_kills_its_process_is_set_aside_and_others_go_on(
    valkey_url: str, tmp_path: Path, journal: Journal, engines: MakeEngine
) -> None:
    operation, other = an_operation(), an_operation("app:another")
    await journal.start(operation)
    for _ in range(DEATHS):
        process = runner(valkey_url, tmp_path, die_at="in trigger")
        assert await asyncio.to_thread(process.wait, 20) == -signal.SIGKILL
        end(process)

    async def aside() -> bool:
        return await journal.aside() == (Aside(operation.id, "died"),)

    async with working(engines(story(tmp_path))):
        await journal.start(other)
        assert (await ended(journal, other.id)).outcome == Completed("a4c9e1f")
        await until(aside)
    snapshot = await journal.load(operation.id)
    assert (snapshot.state, snapshot.step, snapshot.aside) == ("running", "trigger", "died")
    assert await Locks(journal.state).locked() == {Resource("app", "app"): operation.id}
    assert isinstance((await journal.events(operation.id))[-1], SetAside)

    await journal.retry(operation.id, ANA, HERE)
    async with working(engines(story(tmp_path))):
        assert (await ended(journal, operation.id)).outcome == Completed("a4c9e1f")
    assert done(tmp_path).count("trigger") == 1
    assert await journal.aside() == ()


async def test_it_is_told_in_the_outbox_each_time(state: State) -> None:
    journal, outbox = Journal(state, KINDS, lease=LONG), Outbox(state)
    operation = await poisoned(journal)
    await journal.retry(operation.id, ANA, HERE)
    await dies(journal, operation, DEATHS)
    assert await journal.claim("r1") is None
    told = [await outbox.take("a", 0.01) for _ in range(2)]
    assert [(each.kind, each.about.split()[0]) for each in told if each] == [("set_aside", operation.id)] * 2
    assert told[0] != told[1]
    assert await outbox.take("a", 0.01) is None
    for each in told:
        assert each
        await outbox.sent(each)
    await journal.abandon(operation.id, ANA, "the test is over")


async def test_a_run_that_was_handed_over_did_not_die(state: State) -> None:
    journal, operation = Journal(state, KINDS, lease=LONG), an_operation()
    await journal.start(operation)
    for number in range(DEATHS + 1):
        lease = await journal.take(operation.id, f"r{number}")
        assert lease
        await journal.hand_over(lease)
    assert await journal.aside() == ()


async def test_a_runner_that_claims_it_again_itself_did_not_die(state: State) -> None:
    journal, operation = Journal(state, KINDS, lease=LONG), an_operation()
    await journal.start(operation)
    for _ in range(DEATHS + 1):
        assert await journal.take(operation.id, "r1")
        await expired(state, operation)


async def test_a_runner_that_could_not_hand_it_over_in_an_outage_did_not_die(
    state: State, far: State, relay: Relay
) -> None:
    near, cut_off, operation = (
        Journal(state, KINDS, lease=LONG),
        Journal(far, KINDS, lease=LONG),
        an_operation(),
    )
    await near.start(operation)
    for number in range(DEATHS + 1):
        lease = await cut_off.take(operation.id, "cut-off")
        assert lease
        relay.cut = True
        await cut_off.let_go(lease)
        await expired(state, operation)
        assert await near.take(operation.id, f"r{number}")
        relay.cut = False
        await reachable(far)
        await cut_off.release()
        await expired(state, operation)
        assert await state.ask("HGET", state.key(f"op:{operation.id}"), "deaths") == "0"
        await state.ask("HSET", state.key(f"op:{operation.id}"), "runner", "")


async def test_what_could_not_be_handed_over_in_an_outage_is_afterwards(
    state: State, far: State, relay: Relay
) -> None:
    journal, operation = Journal(far, KINDS, lease=LONG), an_operation()
    lease = await begun(journal, operation)
    relay.cut = True
    await journal.let_go(lease)
    relay.cut = False
    await reachable(far)
    await journal.release()
    assert (await journal.load(operation.id)).runner == ""
    assert await Journal(state, KINDS, lease=LONG).claim("r2")


async def test_a_finished_step_is_progress_and_counts_anew(state: State) -> None:
    journal, operation = Journal(state, KINDS, lease=LONG), an_operation()
    await journal.start(operation)
    for number in range(3):
        lease = await dies(journal, operation, DEATHS - 1, first=10 * number)
        await journal.begin(lease, f"step {number}")
        await journal.checkpoint(lease, "{}", StepFinished(f"step {number}", 0))
        await expired(state, operation)
    assert await journal.aside() == ()


async def test_a_step_that_only_begins_is_none(state: State) -> None:
    journal, operation = Journal(state, KINDS, lease=LONG), an_operation()
    await journal.start(operation)
    for number in range(DEATHS):
        await journal.begin(await dies(journal, operation, 1, first=number), "resolve")
        await expired(state, operation)
    assert await journal.claim("r1") is None
    assert await journal.aside() == (Aside(operation.id, "died"),)
    await journal.abandon(operation.id, ANA, "the test is over")


async def test_the_first_takeover_comes_at_once_and_the_next_one_later(state: State) -> None:
    journal, operation = Journal(state, KINDS, lease=LONG), an_operation()
    await begun(journal, operation, "dead-0")
    await expired(state, operation, 0.001)
    assert await journal.claim("dead-1")
    await expired(state, operation, LONG)
    assert await journal.claim("r1") is None
    await expired(state, operation, 2.1 * LONG)
    assert await journal.claim("r1")


async def test_a_runner_that_had_only_slept_is_fenced_off(state: State) -> None:
    journal, operation = Journal(state, KINDS, lease=LONG), an_operation()
    await journal.start(operation)
    sleeper = await dies(journal, operation, DEATHS)
    assert await journal.claim("r1") is None
    with pytest.raises(Lost):
        await journal.begin(sleeper, "trigger")
    with pytest.raises(Lost):
        await journal.hand_over(sleeper)
    assert await journal.aside() == (Aside(operation.id, "died"),)
    await journal.abandon(operation.id, ANA, "the test is over")


async def test_to_retry_is_recorded_and_only_for_what_is_set_aside(state: State) -> None:
    journal = Journal(state, KINDS, lease=LONG)
    operation = await poisoned(journal)
    await journal.retry(operation.id, ANA, HERE)
    newest, *_ = await Audit(state).since(0)
    assert (newest.actor, newest.what, newest.outcome) == (ANA, f"op {operation.id} retry", "retried")
    assert newest.operation == operation.id
    for id_ in (operation.id, "d-none"):
        with pytest.raises(errors.NotSetAside, match="nothing to retry"):
            await journal.retry(id_, ANA, HERE)


async def test_an_engine_runs_what_was_retried(state: State, engines: MakeEngine) -> None:
    journal = Journal(state, KINDS, lease=LONG)
    operation = await poisoned(journal)

    async def ends(_: Op) -> Completed:
        return Completed()

    await journal.retry(operation.id, ANA, HERE)
    assert await engines(ends, "r2").run_one(operation.id)
    assert (await journal.load(operation.id)).outcome == Completed()
