"""The journal: locks and operations change atomically, fences guard writes, ends are all or nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.core.events import CancelAsked, Event, Finished, StepFinished, StepStarted, TakenOver
from deploy.core.model import Failure, Operation, Resource
from deploy.core.outcomes import Abandoned, Completed, Failed
from deploy.engine.history import History
from deploy.engine.journal import Journal, Lease, Lost, Snapshot
from deploy.engine.locks import BlockedBy, Locks
from deploy.kinds import KINDS
from tests.deploy.conftest import ANA, MARKO, an_operation
from tests.deploy.engine.begun import begun
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.redis.connect import State


async def told(journal: Journal, operation: Operation) -> list[Event]:
    return [event async for _, event in journal.follow(operation.id)]


async def test_of_two_starts_at_once_one_wins_and_the_other_learns_who(journal: Journal) -> None:
    first, second = an_operation(), an_operation()
    answers = await asyncio.gather(
        journal.start(first, runner="r1"), journal.start(second, runner="r2"), return_exceptions=True
    )
    leases = [answer for answer in answers if isinstance(answer, Lease)]
    blocked = [answer for answer in answers if isinstance(answer, BlockedBy)]
    assert [len(leases), len(blocked)] == [1, 1]
    assert blocked[0].snapshot.operation.id == leases[0].operation


async def test_all_locks_are_taken_or_none(journal: Journal, state: State) -> None:
    await begun(journal, an_operation("app:app", id_="d-a"))
    with pytest.raises(BlockedBy):
        await journal.start(an_operation("app:staging", "app:app"), runner="r2")
    assert await Locks(state).locked() == {Resource("app", "app"): "d-a"}


async def test_asking_again_for_the_same_operation_gives_the_same_lease(journal: Journal) -> None:
    operation = an_operation()
    lease = await begun(journal, operation)
    assert await journal.start(operation, runner="r1") == lease
    with pytest.raises(BlockedBy) as caught:
        await journal.start(operation, runner="r2")
    assert caught.value.snapshot.operation == operation


async def test_an_operation_that_is_over_does_not_begin_again(journal: Journal) -> None:
    operation = an_operation()
    await journal.finish(await begun(journal, operation), operation, Completed())
    with pytest.raises(BlockedBy) as caught:
        await journal.start(operation, runner="r1")
    assert caught.value.snapshot.state == "done"


async def test_an_operation_that_was_submitted_before_is_submitted_though_it_is_over(
    journal: Journal, state: State
) -> None:
    operation = an_operation()
    await journal.start(operation)
    lease = await journal.claim("r1")
    assert lease
    await journal.finish(lease, operation, Completed())
    assert await journal.start(operation) is None
    assert ((await journal.load(operation.id)).state, await Locks(state).locked()) == ("done", {})


async def test_a_submitted_operation_waits_until_somebody_claims_it(journal: Journal) -> None:
    operation = an_operation()
    assert await journal.start(operation) is None
    assert (await journal.load(operation.id)).state == "waiting"
    assert await journal.claim("r1", kinds=("rollback",)) is None
    assert await journal.claim("r1", kinds=("deploy",)) == Lease(operation.id, 1, "r1")
    assert await journal.claim("r2", kinds=("deploy",)) is None


async def test_the_longest_waiting_is_claimed_first(journal: Journal) -> None:
    first, second = an_operation("app:b"), an_operation("app:a")
    await journal.start(first)
    await asyncio.sleep(0.002)  # the server's clock ticks in milliseconds here
    await journal.start(second)
    claimed = [await journal.claim("r1"), await journal.claim("r1")]
    assert [lease.operation for lease in claimed if lease] == [first.id, second.id]


async def test_a_lease_that_ran_out_goes_to_another_runner_who_fences_the_first_off(state: State) -> None:
    journal = Journal(state, KINDS, lease=0.01)
    operation = an_operation()
    old = await begun(journal, operation)
    claims: list[Lease] = []

    async def claimed() -> bool:
        claims.extend(filter(None, [await journal.claim("r2")]))
        return bool(claims)

    await until(claimed)
    (new,) = claims
    assert new == Lease(operation.id, old.fence + 1, "r2")
    for write in (
        journal.begin(old, "one"),
        journal.checkpoint(old, "{}", StepFinished("one", 0)),
        journal.emit(old, StepStarted("one", 0)),
        journal.finish(old, operation, Completed()),
        journal.hand_over(old),
    ):
        with pytest.raises(Lost):
            await write
    assert [type(answer) for answer in await journal.renew([old, new])] == [Lost, type(None)]
    await journal.finish(new, operation, Completed())


async def test_finishing_releases_records_and_announces_at_once(journal: Journal, state: State) -> None:
    operation = an_operation("app:app", "app:staging")
    lease = await begun(journal, operation)
    await journal.begin(lease, "one")
    await journal.checkpoint(lease, '{"note":"x"}', StepFinished("one", 0))
    await journal.mark(operation.id, "ts", "17.1")
    await journal.finish(lease, operation, Completed("fine"))
    snapshot = await journal.load(operation.id)
    expected = Snapshot(
        operation=operation,
        state="done",
        step="one",
        runner="r1",
        fence=1,
        seen=snapshot.seen,
        finished=snapshot.finished,
        outcome=Completed("fine"),
        results={"one": '{"note":"x"}'},
        marks={"ts": "17.1"},
    )
    assert snapshot == expected
    assert await Locks(state).locked() == {}
    assert await journal.running() == ()
    assert await History(state, KINDS).operations(Resource("app", "staging")) == (expected,)
    assert await state.ask("XLEN", state.key("outbox")) == 1


async def test_finishing_twice_alike_is_finishing_once(journal: Journal, state: State) -> None:
    operation = an_operation()
    lease = await begun(journal, operation)
    await journal.finish(lease, operation, Completed())
    await journal.finish(lease, operation, Completed())
    assert await state.ask("XLEN", state.key("outbox")) == 1
    with pytest.raises(Lost):
        await journal.finish(lease, operation, Failed(Failure("x", "x")))


async def test_the_events_carry_the_servers_time_and_end_with_the_outcome(journal: Journal) -> None:
    operation = an_operation()
    lease = await begun(journal, operation)
    await journal.begin(lease, "one")
    await journal.checkpoint(lease, "{}", StepFinished("one", 0, "as it says", "3f2a1b9"))
    await journal.cancel(operation.id, MARKO)
    await journal.finish(lease, operation, Completed())
    events = await told(journal, operation)
    at = [event.at for event in events]
    assert events == [
        TakenOver("r1", at[0], 1),
        StepStarted("one", at[1]),
        StepFinished("one", at[2], "as it says", "3f2a1b9"),
        CancelAsked(MARKO, at[3]),
        Finished(at[4], Completed()),
    ]
    assert at == sorted(at)
    assert abs(at[4] - await journal.state.now()) < 60


async def test_following_begins_after_the_last_event_that_was_seen(journal: Journal) -> None:
    operation = an_operation()
    lease = await begun(journal, operation)
    await journal.begin(lease, "one")
    await journal.finish(lease, operation, Completed())
    seen = [(position, type(event)) async for position, event in journal.follow(operation.id)]
    rest = [(position, type(event)) async for position, event in journal.follow(operation.id, seen[0][0])]
    assert rest == seen[1:]


async def test_a_cancel_reaches_the_runner_with_its_next_write_and_the_first_one_counts(
    journal: Journal,
) -> None:
    operation = an_operation()
    lease = await begun(journal, operation)
    assert await journal.begin(lease, "one") is None
    await journal.cancel(operation.id, MARKO)
    await journal.cancel(operation.id, ANA)
    assert await journal.renew([lease]) == [MARKO]
    assert await journal.checkpoint(lease, "{}", StepFinished("one", 0)) == MARKO
    assert (await journal.load(operation.id)).cancel == MARKO


async def test_what_is_over_or_unknown_cannot_be_cancelled(journal: Journal) -> None:
    operation = an_operation()
    await journal.finish(await begun(journal, operation), operation, Completed())
    with pytest.raises(errors.NotCancellable, match="already over: done"):
        await journal.cancel(operation.id, ANA)
    with pytest.raises(errors.UnknownOperation, match="no operation `d-none`"):
        await journal.cancel("d-none", ANA)
    with pytest.raises(errors.UnknownOperation):
        await journal.mark("d-none", "ts", "1")


async def test_abandoning_fences_the_runner_off_and_frees_the_locks(journal: Journal, state: State) -> None:
    operation = an_operation()
    lease = await begun(journal, operation)
    await journal.begin(lease, "watch")
    await journal.abandon(operation.id, MARKO, "stuck")
    snapshot = await journal.load(operation.id)
    assert (snapshot.state, snapshot.outcome) == ("failed", Abandoned(MARKO, "stuck", "watch"))
    assert await Locks(state).locked() == {}
    with pytest.raises(Lost):
        await journal.finish(lease, operation, Completed())
    with pytest.raises(errors.NotCancellable):
        await journal.abandon(operation.id, MARKO, "again")


async def test_finished_operations_have_a_time_to_live_and_running_ones_do_not(state: State) -> None:
    journal = Journal(state, KINDS, keep_days=2)
    operation = an_operation()
    key = state.key(f"op:{operation.id}")
    lease = await begun(journal, operation)
    assert await state.ask("TTL", key) == -1
    await journal.finish(lease, operation, Completed())
    lives = [await state.ask("PTTL", name) for name in (key, f"{key}:events")]
    assert [86_400_000 < life <= 2 * 86_400_000 for life in lives] == [True, True]


async def test_only_so_many_finished_operations_are_kept(state: State) -> None:
    operations = [an_operation() for _ in range(5)]
    all_, few = Journal(state, KINDS), Journal(state, KINDS, keep_operations=2)
    for operation, journal in zip(operations, (all_, all_, all_, all_, few), strict=True):
        await journal.finish(await begun(journal, operation), operation, Completed())  # its first one tidies
        await asyncio.sleep(0.002)
    kept = [snapshot.operation for snapshot in await History(state, KINDS).operations()]
    assert kept == [operations[4], operations[3]]
    keys = [state.key(f"op:{operation.id}") for operation in operations]
    left = [await state.ask("EXISTS", key, f"{key}:events") for key in keys]
    assert left == [0, 0, 0, 2, 2]
    with pytest.raises(errors.UnknownOperation):
        await few.load(operations[0].id)


async def test_who_listens_hears_of_submissions_cancels_and_hand_overs(journal: Journal) -> None:
    after, news = await journal.listen("", 0.001)
    assert news == []
    operation = an_operation()
    await journal.start(operation)
    lease = await journal.claim("r1")
    assert lease
    await journal.cancel(operation.id, ANA)
    await journal.hand_over(lease)
    _, news = await journal.listen(after, 1)
    assert news == [(what, operation.id) for what in ("submitted", "cancel", "handed_over")]


async def test_the_next_search_comes_when_a_lease_runs_out(state: State) -> None:
    journal = Journal(state, KINDS, lease=60)
    assert await journal.next_due(1) == 1
    await journal.start(an_operation(), runner="r1")
    assert 50 < await journal.next_due(1000) <= 60.001
    assert await journal.next_due(1) == 1
    await Journal(state, KINDS, lease=0.5).start(an_operation("staging"), runner="r1")
    assert await journal.next_due(1000) <= 0.501
    await asyncio.sleep(0.6)  # a lease runs out by the server's clock
    assert 40 < await journal.next_due(1000) <= 60.001
