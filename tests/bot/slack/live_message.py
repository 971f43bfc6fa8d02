"""A live message that a test follows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bot.slack import live as lives
from bot.slack.live import Live
from bot.slack.messages import TS
from bot.words.format import Format
from deploy.core.model import Actor, Operation, Origin
from deploy.redis import idempotency
from tests.deploy.conftest import an_operation
from tests.waiting import until

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from deploy.engine.journal import Journal, Lease


ANA = Actor("U024BE7LH", "ana")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lives, "AGAIN_AFTER", 0.01)
    monkeypatch.setattr(idempotency, "LOOK_EVERY", 0.01)


@pytest.fixture
async def live(speaker: Speaker, journal: Journal) -> AsyncIterator[Live]:
    live = Live(speaker, journal, Format(slack=True))
    yield live
    await live.stop()


async def begun(journal: Journal, thread: str = "") -> tuple[Operation, Lease]:
    plain = an_operation()
    operation = Operation(
        plain.id, "deploy", ANA, Origin("slack", "C0DEPLOYS", thread), plain.arguments, plain.resources, 1.0
    )
    lease = await journal.start(operation, runner="r1")
    assert lease is not None
    return operation, lease


async def marked(journal: Journal, operation: Operation) -> None:
    async def marked() -> bool:
        return TS in (await journal.load(operation.id)).marks

    await until(marked)
