"""A Lua script is retried when its answer is lost, and the retry returns the first run's result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.model import Resource
from deploy.core.outcomes import Abandoned, Cancelled
from deploy.engine.audit import Audit
from deploy.engine.journal import Journal, Lease
from deploy.engine.locks import Locks
from deploy.kinds import KINDS
from tests.deploy.conftest import ANA, MARKO, an_operation

if TYPE_CHECKING:
    import pytest

    from deploy.redis.connect import State
    from tests.deploy.relay import Relay


async def outcomes(state: State) -> list[str]:
    """What the record says of how things ended, oldest first."""
    return [entry.outcome for entry in reversed(await Audit(state).since(0))]


async def test_a_hold_is_set_and_lifted_once(far: State, relay: Relay) -> None:
    locks = Locks(far)
    relay.lose("lock app:app incident")
    hold = await locks.hold(Resource("app", "app"), ANA, "incident")
    relay.lose("unlock app:app")
    assert await locks.unhold(Resource("app", "app"), MARKO) == hold
    assert (await locks.holds(), await outcomes(far), relay.lost) == ((), ["held", "lifted"], 2)


async def test_a_hold_that_somebody_sets_anew_meanwhile_stays(
    far: State, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    await Locks(far).hold(Resource("app", "app"), ANA, "incident")
    run = far.run

    async def twice(name: str, keys: tuple[str, ...], *args: str) -> object:
        answer = await run(name, keys, *args)
        if isinstance(answer, list):
            return answer  # the record had moved on: nothing was done yet
        await Locks(state).hold(Resource("app", "app"), MARKO, "still")
        return await run(name, keys, *args)

    monkeypatch.setattr(far, "run", twice)
    assert (await Locks(far).unhold(Resource("app", "app"), ANA)).reason == "incident"
    assert [hold.reason for hold in await Locks(state).holds()] == ["still"]


async def test_a_lock_is_taken_away_once(far: State, relay: Relay) -> None:
    journal, operation = Journal(far, KINDS), an_operation()
    await journal.start(operation)
    relay.lose('"outcome":"abandoned"')
    assert await journal.abandon(operation.id, MARKO, "stuck") == Abandoned(MARKO, "stuck", "")
    assert (await outcomes(far), relay.lost) == (["", "failed"], 1)


async def test_a_lock_without_a_record_is_taken_away_once(far: State, relay: Relay) -> None:
    await far.ask("HSET", far.key("locks"), "app:app", "d-gone")
    relay.lose('"outcome":"lifted"')
    await Journal(far, KINDS).abandon("d-gone", MARKO, "unlock app --force")
    assert (await Locks(far).locked(), await outcomes(far), relay.lost) == ({}, ["lifted"], 1)


async def test_whoever_claims_has_it_at_once(far: State, relay: Relay) -> None:
    journal, operation = Journal(far, KINDS), an_operation()
    await journal.start(operation)
    relay.lose("r-lost")
    assert await journal.take(operation.id, "r-lost") == Lease(operation.id, 1, "r-lost")
    assert await journal.take(operation.id, "r-lost") is None
    assert relay.lost == 1


async def test_a_cancel_is_asked_for_once_though_it_is_over_by_then(
    far: State, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, operation = Journal(far, KINDS), an_operation()
    lease = await Journal(state, KINDS).start(operation, runner="r1")
    assert lease
    run = far.run

    async def twice(name: str, keys: tuple[str, ...], *args: str) -> object:
        answer = await run(name, keys, *args)
        if isinstance(answer, list):
            return answer  # the record had moved on: nothing was done yet
        await Journal(state, KINDS).finish(lease, operation, Cancelled(MARKO))
        return await run(name, keys, *args)

    monkeypatch.setattr(far, "run", twice)
    await journal.cancel(operation.id, MARKO)
    assert await outcomes(state) == ["", "", "cancelled"]
