from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.core.outcomes import Completed
from deploy.engine.outbox import Message, Outbox
from deploy.redis.idempotency import first
from tests.deploy.conftest import an_operation

if TYPE_CHECKING:
    from deploy.engine.journal import Journal
    from deploy.redis.connect import State
    from tests.deploy.relay import Relay


async def a_letter(journal: Journal) -> str:
    operation = an_operation()
    lease = await journal.start(operation, runner="r1")
    assert lease
    await journal.finish(lease, operation, Completed())
    return operation.id


async def test_a_finished_operation_leaves_one_letter_for_one_consumer(
    journal: Journal, state: State
) -> None:
    outbox = Outbox(state)
    operation = await a_letter(journal)
    messages = [await outbox.take("a", 0.01), await outbox.take("b", 0.01)]
    assert [message and message.about for message in messages] == [operation, None]


async def test_a_letter_that_was_sent_does_not_come_back(journal: Journal, state: State) -> None:
    outbox = Outbox(state, again_after=0)
    await a_letter(journal)
    message = await outbox.take("a", 0.01)
    assert message
    await outbox.sent(message)
    assert await outbox.take("a", 0.01) is None
    assert await state.ask("XLEN", state.key("outbox")) == 0


async def test_whoever_dies_while_crossing_a_letter_off_leaves_none_that_nobody_gets(
    far: State, state: State, relay: Relay
) -> None:
    await Outbox(state).post("doctor", "news")
    message = await Outbox(state).take("dies", 0.01)
    assert message
    relay.lose(message.id, times=2)
    with pytest.raises(errors.StateUnavailable):
        await Outbox(far).sent(message)
    assert await Outbox(state).empty()


async def test_a_letter_whose_consumer_died_goes_to_another(journal: Journal, state: State) -> None:
    outbox = Outbox(state, again_after=0)
    await a_letter(journal)
    message = await outbox.take("died", 0.01)
    assert message
    assert await outbox.take("lives", 0.01) == message


async def test_whoever_waits_gets_a_letter_at_once(journal: Journal, state: State) -> None:
    waiting = asyncio.create_task(Outbox(state).take("a", 5))
    operation = await a_letter(journal)
    message = await waiting
    assert message == Message(message.id if message else "", "operation", operation)


async def test_the_first_to_ask_is_first_until_the_time_is_over(state: State) -> None:
    assert [await first(state, "trigger:1", 60), await first(state, "trigger:1", 60)] == [True, False]
    assert await state.ask("TTL", state.key("once:trigger:1")) == 60
