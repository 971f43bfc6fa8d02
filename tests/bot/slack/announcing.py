"""An outbox worker that announces outcomes in the stand-in for Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

import pytest

from bot.app.metrics import Metrics
from bot.app.tasks import Tasks
from bot.slack import outbox_worker
from bot.slack.channels import Channels
from bot.slack.incidents import Incidents
from bot.slack.live import Live
from bot.slack.messages import TS
from bot.slack.outbox_worker import Announcer
from bot.words.format import Format
from deploy.core.events import StepStarted
from deploy.core.model import Actor, Failure, Operation, Origin
from deploy.core.outcomes import Failed
from deploy.engine.outbox import Outbox
from tests.deploy.conftest import an_operation
from tests.waiting import until

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from deploy.core.outcomes import Outcome
    from deploy.engine.journal import Journal, Lease
    from deploy.redis.connect import State
    from sandbox.slack import Slack
    from sandbox.slack.message import Message


ANA = Actor("U024BE7LH", "ana")
SICK = Failed(Failure("x", "It went wrong.", "Look at it."))
SLACK = Origin("slack", "C0DEPLOYS")
INCIDENTS = "C0INCIDNT"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_worker, "PAUSE", 0.01)
    monkeypatch.setattr(outbox_worker, "WAIT", 0.05)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def announcing(
    state: State, journal: Journal, speaker: Speaker, metrics: Metrics
) -> AsyncIterator[Callable[..., Announcer]]:
    """Begin to announce, with what a test says differently."""
    tasks = Tasks()
    fmt = Format(slack=True)

    def begin(**options: Any) -> Announcer:
        live = options.pop("live", None) or Live(speaker, journal, fmt)
        options = {"consumer": "r1", **options}
        incidents = Incidents(
            Channels(speaker, ()), speaker, journal, state, fmt, announce=options.pop("announce", "")
        )
        outbox = Outbox(state, again_after=options.pop("again_after", 10))
        announcer = Announcer(outbox, journal, speaker, live, incidents, fmt=fmt, metrics=metrics, **options)
        tasks.spawn(announcer.work(), "announcer")
        return announcer

    yield begin
    await tasks.stop()


async def begun(journal: Journal, origin: Origin = SLACK) -> tuple[Operation, Lease]:
    plain = an_operation()
    operation = Operation(plain.id, "deploy", ANA, origin, plain.arguments, plain.resources, 1.0)
    lease = await journal.start(operation, runner="r1")
    assert lease is not None
    return operation, lease


async def ended(journal: Journal, outcome: Outcome = SICK, origin: Origin = SLACK, ts: str = "") -> Operation:
    operation, lease = await begun(journal, origin)
    if ts:
        await journal.mark(operation.id, TS, f"{origin.channel} {ts}")
    await journal.emit(lease, StepStarted("watch", 1.0))
    await journal.finish(lease, operation, outcome)
    return operation


def outcomes(slack: Slack, channel: str = "#deploys") -> list[Message]:
    """The messages that tell the end, without those of their threads."""
    shown = [message for message in slack.messages(channel) if not message.is_reply]
    return [message for message in shown if "It went wrong." in message.text]


async def crossed_off(state: State, left: int = 0) -> None:
    """Until no message is left, or so many."""

    async def crossed() -> bool:
        return bool(await state.ask("XLEN", state.key("outbox")) <= left)

    await until(crossed)
