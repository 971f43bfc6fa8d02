"""Idempotency keys: something is done once across replicas, however it ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.redis import idempotency
from deploy.redis.idempotency import do_once, first
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.redis.connect import State
    from tests.deploy.relay import Relay

DAY = 86_400


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "LOOK_EVERY", 0.005)


class Deed:
    """Counts how often it was done; `failing` times it fails first."""

    def __init__(self, failing: int = 0) -> None:
        self.done, self.failing = 0, failing
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def __call__(self) -> None:
        await self.may_end.wait()
        if self.failing:
            self.failing -= 1
            raise OSError("not now")
        self.done += 1


async def test_a_second_time_does_nothing(state: State) -> None:
    deed = Deed()
    for _ in range(2):
        await do_once(state, "deed", DAY, deed)
    assert deed.done == 1


async def test_two_at_once_do_it_once_and_both_wait_for_its_end(state: State) -> None:
    deed = Deed()
    deed.may_end.clear()
    both = [asyncio.create_task(do_once(state, "deed", DAY, deed)) for _ in range(2)]
    done, _ = await asyncio.wait(both, timeout=0.05)
    assert not done
    deed.may_end.set()
    await asyncio.gather(*both)
    assert deed.done == 1


async def test_it_answers_whoever_did_it(state: State) -> None:
    async def deed() -> str:
        return "done"

    assert [await do_once(state, "deed", DAY, deed) for _ in range(2)] == ["done", None]


async def test_that_it_was_done_is_written_down_however_long_the_memory_is_away(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, left = state.ask, iter(range(3))

    async def away(*command: object) -> object:
        if idempotency.DONE in command and next(left, None) is not None:
            raise errors.StateUnavailable(where="the memory")
        return await ask(*command)

    monkeypatch.setattr(state, "ask", away)
    deed = Deed()
    for _ in range(2):
        await do_once(state, "deed", DAY, deed)
    assert (deed.done, next(left, None)) == (1, None)


async def test_a_claim_is_renewed_while_somebody_is_at_it(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "CLAIMED", 0.03)
    deed, key = Deed(), state.key("once:deed")
    deed.may_end.clear()
    doing = asyncio.create_task(do_once(state, "deed", DAY, deed))
    await until(lambda: state.ask("EXISTS", key))
    await state.ask("DEL", key)  # as if it had lapsed
    await until(lambda: state.ask("EXISTS", key))
    deed.may_end.set()
    await doing
    assert await state.ask("GET", key) == idempotency.DONE


async def test_what_failed_was_not_done(state: State) -> None:
    deed = Deed(failing=1)
    with pytest.raises(OSError, match="not now"):
        await do_once(state, "deed", DAY, deed)
    await do_once(state, "deed", DAY, deed)
    assert deed.done == 1


async def test_what_a_replica_was_at_when_it_died_is_done_by_another_one(state: State) -> None:
    await state.ask("SET", state.key("once:deed"), "somebody", "PX", 50)
    deed = Deed()
    await do_once(state, "deed", DAY, deed)
    assert deed.done == 1


async def test_whoever_asked_first_is_first_though_the_answer_was_lost(far: State, relay: Relay) -> None:
    relay.lose("once:trigger:1")
    assert [await first(far, "trigger:1", 60), await first(far, "trigger:1", 60)] == [True, False]
    assert relay.lost == 1


async def test_nobody_waits_for_oneself_after_a_lost_answer(
    far: State, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "LOOK_EVERY", 3600)
    deed = Deed()
    relay.lose("once:deed")
    async with asyncio.timeout(20):
        await do_once(far, "deed", DAY, deed)
    assert (deed.done, relay.lost) == (1, 1)
