"""What Prometheus reads at the moment at which it asks."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import __version__
from bot.app.gauges import Gauges
from deploy.core.signing import FORMAT
from deploy.engine.outbox import Outbox
from tests.bot.conversation import a_bot, settings
from tests.bot.outage import away
from tests.deploy.conftest import ANA, an_operation
from tests.waiting import until

if TYPE_CHECKING:
    from bot.app.run import Bot
    from deploy.engine.journal import Journal
    from deploy.redis.connect import State
    from sandbox.slack import Slack


@pytest.fixture
async def bot(slack: Slack, valkey_url: str) -> AsyncIterator[Bot]:
    async with a_bot(slack, settings(slack, valkey_url)) as bot:
        yield bot


@pytest.fixture
def gauges(bot: Bot) -> Gauges:
    return Gauges(bot.parts.world, bot.parts.metrics)


Samples = dict[tuple[str, ...], float]


async def read(gauges: Gauges) -> Samples:
    text = (await gauges.text()).decode()
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_an_empty_store_shows_empty_queues_and_the_bot_itself(gauges: Gauges) -> None:
    async def alive() -> bool:
        return (await read(gauges))["fisk_replicas",] == 1

    await until(alive)
    found = await read(gauges)
    assert found["fisk_memory_up",] == 1
    assert found["fisk_build_info", str(FORMAT), __version__] == 1
    for queue in ("inbox", "outbox"):
        assert (found["fisk_queue_length", queue], found["fisk_queue_age_seconds", queue]) == (0, 0)
    assert [key for key in found if key[0] in {"fisk_operations_open", "fisk_operations_set_aside"}] == []


async def test_open_operations_are_counted_by_kind_with_the_age_of_the_oldest(
    gauges: Gauges, journal: Journal
) -> None:
    old, new = an_operation(created=time.time() - 500), an_operation("app:staging")
    for operation in (old, new):
        await journal.start(operation, runner="elsewhere")
    found = await read(gauges)
    assert found["fisk_operations_open", "deploy"] == 2
    assert 500 <= found["fisk_operation_age_seconds", "deploy"] < 600
    for operation in (old, new):
        await journal.abandon(operation.id, ANA, "the test is over")
    assert ("fisk_operations_open", "deploy") not in await read(gauges)


async def test_what_waits_for_a_person_is_counted_by_its_reason(gauges: Gauges, journal: Journal) -> None:
    operation = an_operation()
    lease = await journal.start(operation, runner="elsewhere")
    assert lease
    await journal.set_aside(operation.id, str(lease.fence), "died")
    assert (await read(gauges))["fisk_operations_set_aside", "died"] == 1
    await journal.abandon(operation.id, ANA, "the test is over")


async def test_a_message_that_nobody_sends_waits_in_the_outbox(
    gauges: Gauges, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.engine.left.STAYS", -1)
    await Outbox(state).post("of another version", "news")

    async def left() -> bool:
        return (await read(gauges))["fisk_messages_left",] == 1

    await until(left)
    found = await read(gauges)
    assert found["fisk_queue_length", "outbox"] == 1
    assert found["fisk_queue_age_seconds", "outbox"] > 0


async def test_without_the_store_the_rest_is_shown_and_that_it_is_away(
    bot: Bot, gauges: Gauges, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await read(gauges))["fisk_memory_up",] == 1
    away(monkeypatch, bot.parts.state, "now", times=3)
    found = await read(gauges)
    assert found["fisk_memory_up",] == 0
    assert ("fisk_queue_length", "outbox") not in found
    assert math.isnan(found["fisk_replicas",])
    assert found["fisk_build_info", str(FORMAT), __version__] == 1
