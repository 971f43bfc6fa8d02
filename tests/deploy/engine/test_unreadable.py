"""A record that this version cannot decode disables nothing: it is skipped and named."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from deploy.core.model import Actor, Hold, Release, Resource
from deploy.engine.audit import UNREADABLE as ENTRY, Audit
from deploy.engine.history import History
from deploy.engine.locks import UNREADABLE, HeldBy, Locks
from deploy.kinds import KINDS
from tests.deploy.conftest import ANA, an_operation

if TYPE_CHECKING:
    from deploy.engine.journal import Journal
    from deploy.redis.connect import State

APP = Resource("app", "app")
RELEASE = Release("app", "3f2a1b9", "3f2a1b9", "sha256:9f", 1.0, "d-1", ANA)
BAD = ["", "{", "7", "[]", '{"from": "a newer fisk"}', "null"]


def named(caplog: pytest.LogCaptureFixture, of: str) -> bool:
    """Whether the log names such a record."""
    facts = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    return {"of": of}.items() <= {key: value for each in facts for key, value in each.items()}.items()


@pytest.mark.parametrize("text", BAD)
async def test_a_release_leaves_the_others(state: State, caplog: pytest.LogCaptureFixture, text: str) -> None:
    history = History(state, KINDS)
    await state.ask("LPUSH", state.key("releases:app"), text)
    await history.add_release(RELEASE)
    with caplog.at_level(logging.WARNING):
        assert await history.releases("app") == (RELEASE,)
    assert await history.unreadable_releases("app") == 1
    assert named(caplog, "release")


@pytest.mark.parametrize("text", BAD)
async def test_a_hold_holds_on_and_is_lifted(
    state: State, journal: Journal, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    locks, unknown = Locks(state), Hold(APP, Actor("", "somebody"), UNREADABLE, 0)
    await state.ask("HSET", state.key("holds"), str(APP), text)
    with caplog.at_level(logging.WARNING):
        assert await locks.holds() == (unknown,)
    with pytest.raises(HeldBy) as held:
        await journal.start(an_operation())
    assert held.value.hold == unknown
    with pytest.raises(HeldBy) as held:
        await locks.hold(APP, ANA, "an incident")
    assert held.value.hold == unknown
    assert await locks.unhold(APP, ANA) == unknown
    assert await locks.holds() == ()
    assert named(caplog, "hold")


@pytest.mark.parametrize("text", BAD)
@pytest.mark.parametrize("signed", [True, False])
async def test_an_audit_entry_is_named_in_its_place(
    state: State, caplog: pytest.LogCaptureFixture, text: str, *, signed: bool
) -> None:
    await Locks(state).hold(APP, ANA, "an incident")
    if signed:
        await state.deeds.write(text)
    else:
        await state.ask("XADD", state.deeds.stream, "*", "entry", text)
    with caplog.at_level(logging.WARNING):
        bad, held = await Audit(state).since(0)
    assert (bad.what, bad.outcome, held.outcome) == (ENTRY, "unreadable", "held")
    assert named(caplog, "audit entry")


async def test_an_event_leaves_the_others(
    state: State, journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    operation = an_operation()
    await journal.start(operation, runner="r1")
    for text in BAD:
        await state.ask("XADD", state.key(f"op:{operation.id}:events"), "*", "event", text)
    with caplog.at_level(logging.WARNING):
        assert [event.event for event in await journal.events(operation.id)] == ["taken_over"]
    assert named(caplog, "event")


@pytest.mark.parametrize("text", BAD)
async def test_an_operation_leaves_the_others_and_history(
    state: State, journal: Journal, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    lost, other = an_operation("app:staging"), an_operation()
    for operation in (lost, other):
        lease = await journal.start(operation, runner="r1")
        assert lease
    await state.ask("HSET", state.key(f"op:{lost.id}"), "operation", text)
    with caplog.at_level(logging.WARNING):
        assert [each.operation.id for each in await journal.running()] == [other.id]
    assert not (await journal.holder(lost.id, Resource("app", "staging"))).known
    assert named(caplog, "operation")


async def test_an_outcome_that_nobody_knows_leaves_history(state: State, journal: Journal) -> None:
    done, odd = an_operation("app:staging"), an_operation()
    for operation in (done, odd):
        await journal.start(operation, runner="r1")
        await journal.abandon(operation.id, ANA, "over")
    await state.ask("HSET", state.key(f"op:{odd.id}"), "outcome", json.dumps({"outcome": "promoted"}))
    assert [each.operation.id for each in await History(state, KINDS).operations()] == [done.id]
