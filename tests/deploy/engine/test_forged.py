"""Who can only write to Redis makes fisk run, end, announce or believe nothing."""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.core.events import StepFinished
from deploy.core.model import Actor, Hold, Release, Resource
from deploy.core.outcomes import Abandoned, Completed
from deploy.engine.audit import Audit, Entry
from deploy.engine.history import History
from deploy.engine.locks import UNREADABLE, HeldBy, Locks
from deploy.engine.outbox import Outbox
from deploy.kinds import KINDS
from deploy.redis import codec
from tests.deploy.conftest import ANA, HERE, MARKO, an_operation, ended
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.engine.engine import Op
    from deploy.engine.journal import Journal
    from deploy.redis.connect import State
    from tests.deploy.conftest import MakeEngine

RELEASE = Release("app", "3f2a1b9", "3f2a1b9", "sha256:9f", 1.0, "d-1", ANA)
NEWER = Release("app", "9c41d07", "9c41d07", "sha256:aa", 2.0, "d-2", ANA)


async def story(_: Op) -> Completed:
    return Completed()


async def record(state: State, operation: str) -> dict[str, str]:
    fields: dict[str, str] = await state.ask("HGETALL", state.key(f"op:{operation}"))
    return fields


async def put(state: State, operation: str, fields: dict[str, str], *, due: float = 1) -> None:
    """Write fields into an operation's record, and let any worker claim it."""
    await state.ask(
        "HSET", state.key(f"op:{operation}"), *[part for field in fields.items() for part in field]
    )
    await state.ask("ZADD", state.key("leases"), due, operation)


async def is_set_aside(engines: MakeEngine, journal: Journal, operation: Operation) -> None:
    """A worker meets it, runs something else, and leaves this one alone for good."""
    ran: list[str] = []
    engine = engines(story, on_run=lambda it: ran.append(it.id))
    working = asyncio.create_task(engine.work())
    after = an_operation("app:another")
    await journal.start(after)
    await ended(journal, after.id)

    async def parked() -> bool:
        score = await journal.state.ask("ZSCORE", journal.state.key("leases"), operation.id)
        return bool(score == math.inf)

    await until(parked)
    assert ran == [after.id]
    assert [each.operation for each in await journal.aside()] == [operation.id]
    await engine.drain(0)
    await working


async def test_a_record_without_a_signature_is_set_aside_and_keeps_its_locks(
    journal: Journal, state: State
) -> None:
    operation = an_operation()
    await journal.start(operation)
    unsigned = (await record(state, operation.id))["operation"].partition(" ")[2]
    await put(state, operation.id, {"operation": unsigned})
    with pytest.raises(errors.SetAside, match="set aside"):
        await journal.load(operation.id)
    assert [each.operation for each in await journal.aside()] == [operation.id]
    assert await Locks(state).locked() == {Resource("app", "app"): operation.id}


@pytest.mark.parametrize(
    "field", ["operation", "step:gates", "fail:gates", "outcome", "cancel", "step", "mark:ts"]
)
async def test_whatever_is_changed_in_a_record_sets_it_aside(
    engines: MakeEngine, journal: Journal, state: State, field: str
) -> None:
    operation = an_operation()
    await journal.start(operation)
    asked = (await record(state, operation.id))["operation"].partition(" ")[2]
    await put(state, operation.id, {field: state.signer.sign(asked, operation.id, "another field")})
    with pytest.raises(errors.SetAside):
        await journal.load(operation.id)
    await is_set_aside(engines, journal, operation)
    await journal.abandon(operation.id, MARKO, "op abandon")
    assert await journal.aside() == ()
    assert await Locks(state).locked() == {}


async def test_a_result_of_another_operation_counts_for_nothing(journal: Journal, state: State) -> None:
    one, other = an_operation(), an_operation("app:staging")
    lease = await journal.start(one, runner="r1")
    assert lease
    await journal.checkpoint(lease, '"9f31"', StepFinished("resolve", 0))
    await journal.start(other)
    await put(state, other.id, {"step:resolve": (await record(state, one.id))["step:resolve"]})
    with pytest.raises(errors.SetAside):
        await journal.load(other.id)


async def test_a_finished_operation_is_not_run_again_from_its_record_of_before(
    engines: MakeEngine, journal: Journal, state: State
) -> None:
    operation = an_operation()
    lease = await journal.start(operation, runner="r1")
    assert lease
    before = await record(state, operation.id)
    await journal.finish(lease, operation, Completed())
    await state.ask("DEL", state.key(f"op:{operation.id}"))
    await put(state, operation.id, before)
    await is_set_aside(engines, journal, operation)
    with pytest.raises(errors.SetAside):
        await journal.require_open(operation)
    assert await journal.abandon(operation.id, MARKO, "op abandon") == Abandoned(MARKO, "op abandon", "")


async def test_nor_where_the_history_was_cut_too(engines: MakeEngine, journal: Journal, state: State) -> None:
    operation = an_operation()
    lease = await journal.start(operation, runner="r1")
    assert lease
    before = await record(state, operation.id)
    await journal.finish(lease, operation, Completed())
    await state.ask("DEL", state.key(f"op:{operation.id}"))
    await state.ask("ZREM", state.key("history"), operation.id)
    await put(state, operation.id, before)
    await is_set_aside(engines, journal, operation)
    await journal.abandon(operation.id, MARKO, "op abandon")


async def test_nor_where_the_record_is_older_than_history_and_audit_log(
    engines: MakeEngine, journal: Journal
) -> None:
    operation = an_operation(created=time.time() - 91 * 86_400)
    await journal.start(operation)
    await is_set_aside(engines, journal, operation)
    await journal.abandon(operation.id, MARKO, "op abandon")


@pytest.mark.parametrize("outcome", ["approved", "rejected", ""])
async def test_what_is_said_about_an_operation_under_way_is_not_its_end(
    engines: MakeEngine, journal: Journal, state: State, outcome: str
) -> None:
    operation = an_operation()
    await journal.start(operation)
    said = Entry(await state.now(), MARKO, HERE, "approve", outcome=outcome, operation=operation.id)
    await Audit(state).write(said)
    assert await engines(story).run_one(operation.id)
    assert (await journal.load(operation.id)).outcome == Completed()


async def test_a_state_alone_ends_nothing_and_begins_nothing(journal: Journal, state: State) -> None:
    open_, over = an_operation(), an_operation("app:staging")
    await journal.start(open_)
    lease = await journal.start(over, runner="r1")
    assert lease
    await journal.finish(lease, over, Completed())
    await state.ask("HSET", state.key(f"op:{over.id}"), "state", "running")
    await state.ask("HSET", state.key(f"op:{open_.id}"), "state", "done")
    assert (await journal.load(over.id)).state == "done"
    with pytest.raises(errors.SetAside):
        await journal.load(open_.id)
    assert [each.operation for each in await journal.aside()] == [open_.id]
    await journal.abandon(open_.id, MARKO, "op abandon")


async def test_a_finished_record_that_was_changed_is_passed_over(journal: Journal, state: State) -> None:
    true, changed = an_operation(), an_operation("app:staging")
    for operation in (true, changed):
        lease = await journal.start(operation, runner="r1")
        assert lease
        await journal.finish(lease, operation, Completed())
    moved = (await record(state, true.id))["operation"]
    await state.ask("HSET", state.key(f"op:{changed.id}"), "operation", moved)
    assert [each.operation.id for each in await History(state, KINDS).operations()] == [true.id]
    assert await journal.aside() == ()
    with pytest.raises(errors.UnreadableOperation, match="cannot read what is written down"):
        await journal.load(changed.id)


async def test_a_request_to_cancel_counts_only_where_fisk_wrote_it(journal: Journal, state: State) -> None:
    operation = an_operation()
    lease = await journal.start(operation, runner="r1")
    assert lease
    forged = codec.dump(Actor, ANA)
    await state.ask("HSET", state.key(f"op:{operation.id}"), "cancel", forged)
    assert await journal.renew([lease]) == [None]
    assert await journal.begin(lease, "resolve") is None
    await state.ask("HDEL", state.key(f"op:{operation.id}"), "cancel")
    await journal.cancel(operation.id, MARKO)
    assert await journal.renew([lease]) == [MARKO]


async def test_an_event_counts_only_where_fisk_wrote_it(journal: Journal, state: State) -> None:
    operation = an_operation()
    await journal.start(operation, runner="r1")
    key, text = state.key(f"op:{operation.id}:events"), '{"event":"step_started","step":"prove","at":0}'
    for event in (text, state.signer.sign(text, "d-another", "event")):
        await state.ask("XADD", key, "*", "event", event)
    assert [event.event for event in await journal.events(operation.id)] == ["taken_over"]


async def test_a_release_counts_only_where_fisk_wrote_it_and_in_its_own_order(state: State) -> None:
    history, key = History(state, KINDS), state.key("releases:app")
    await history.add_release(RELEASE)
    await history.add_release(NEWER)
    old = (await state.ask("LRANGE", key, 0, -1))[-1]
    text = codec.dump(Release, NEWER)
    for forged in (text, state.signer.sign(text, state.key("releases:staging")), old):
        await state.ask("LPUSH", key, forged)
    assert await history.releases("app") == (NEWER, RELEASE)
    assert await history.unreadable_releases("app") == 2


async def test_a_message_counts_only_where_fisk_posted_it(state: State) -> None:
    outbox = Outbox(state)
    await outbox.post("doctor", "news")
    await state.ask("XADD", state.key("outbox"), "*", "operation", "d-1")
    await state.ask(
        "XADD", state.key("outbox"), "*", "operation", state.signer.sign("news", "outbox", "doctor")
    )
    taken = [await outbox.take("a", 0.01) for _ in range(3)]
    assert [(each.kind, each.about) if each else None for each in taken] == [("doctor", "news"), None, None]
    assert taken[0]
    await outbox.sent(taken[0])
    assert await outbox.empty()


async def test_a_hold_that_fisk_did_not_write_holds_and_names_nobody(journal: Journal, state: State) -> None:
    app, staging = Resource("app", "app"), Resource("app", "staging")
    await Locks(state).hold(staging, ANA, "an incident")
    moved = await state.ask("HGET", state.key("holds"), str(staging))
    await state.ask("HSET", state.key("holds"), str(app), moved)
    with pytest.raises(HeldBy) as held:
        await journal.start(an_operation())
    assert held.value.hold == Hold(app, Actor("", "somebody"), UNREADABLE, 0)
