from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from deploy.core.log import logger
from deploy.core.model import Resource
from deploy.core.outcomes import Completed
from deploy.engine.audit import Audit, Entry
from deploy.engine.locks import Locks
from tests.deploy.conftest import ANA, HERE, MARKO, an_operation

if TYPE_CHECKING:
    import pytest

    from deploy.engine.engine import Op
    from deploy.engine.journal import Journal
    from deploy.redis.connect import State
    from tests.deploy.conftest import MakeEngine


async def test_entries_come_back_newest_first(state: State) -> None:
    record = Audit(state)
    first = Entry(1.0, ANA, HERE, "env copy a b", "deployers")
    second = Entry(2.0, ANA, HERE, "env copy a b", "deployers", "done", seconds=1.0)
    await record.write(first)
    await record.write(second)
    assert await record.since(0) == (second, first)


async def test_an_operation_is_recorded_when_it_begins_and_when_it_ends(
    journal: Journal, state: State
) -> None:
    operation = an_operation(created=await state.now())
    lease = await journal.start(operation, runner="r1")
    assert lease
    await journal.finish(lease, operation, Completed(), {"resolve", "point", "trigger"})
    ended, began = await Audit(state).since(0)
    what = "deploy 3f2a1b9 app"
    assert began == Entry(began.at, ANA, HERE, what, "deployers", operation=operation.id)
    seconds, did = ended.at - operation.created, ("point: Coolify", "trigger: Coolify")
    assert ended == Entry(ended.at, ANA, HERE, what, "deployers", "done", operation.id, seconds, did=did)
    assert 0 <= seconds < await state.now() - operation.created + 1


async def test_who_took_an_operation_away_is_recorded_with_what_it_had_done(
    journal: Journal, state: State
) -> None:
    operation = an_operation(created=await state.now())
    lease = await journal.start(operation, runner="r1")
    assert lease
    await journal.begin(lease, "point")
    await journal.abandon(operation.id, MARKO, "it hangs", HERE)
    ended = (await Audit(state).since(0))[0]
    told = (ended.outcome, ended.reason, ended.did)
    assert told == ("failed", "taken away by U2: it hangs", ("point: Coolify",))


async def test_holds_are_recorded_with_where_they_were_set(state: State) -> None:
    await Locks(state).hold(Resource("app", "app"), ANA, "incident", HERE)
    await Locks(state).unhold(Resource("app", "app"), ANA, HERE)
    lifted, held = await Audit(state).since(0)
    assert (held.what, held.outcome, held.origin) == ("lock app:app incident", "held", HERE)
    assert (lifted.what, lifted.outcome) == ("unlock app:app", "lifted")


async def test_asking_to_cancel_is_recorded_though_the_operation_goes_on_undoing(
    journal: Journal, state: State
) -> None:
    operation = an_operation(created=await state.now())
    await journal.start(operation, runner="r1")
    await journal.cancel(operation.id, ANA, HERE)
    asked, _ = await Audit(state).since(0)
    assert asked == Entry(asked.at, ANA, HERE, f"cancel {operation.id}", operation=operation.id)


async def test_what_a_view_of_an_operation_logs_names_it_and_its_actor(
    state: State, engines: MakeEngine, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(_: Op) -> Completed:
        return Completed()

    async def view() -> None:
        logger().warning("seen")

    tasks: list[asyncio.Task[None]] = []
    engine = engines(story, on_run=lambda _: tasks.append(asyncio.create_task(view())))
    operation = an_operation(created=await state.now())
    await engine.submit(operation)
    await asyncio.gather(*tasks)
    (seen,) = [
        each.msg for each in caplog.records if isinstance(each.msg, dict) and each.msg["event"] == "seen"
    ]
    assert (seen["operation"], seen["kind"], seen["actor"]) == (operation.id, "deploy", "U1")
