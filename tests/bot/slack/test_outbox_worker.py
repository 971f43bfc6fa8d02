"""How an operation ended is shown once Slack takes it, however long that is."""

from __future__ import annotations

import asyncio
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
from deploy.core.outcomes import Completed, Failed
from deploy.engine.outbox import Outbox
from tests.deploy.conftest import an_operation
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

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
    return [message for message in slack.messages(channel) if "It went wrong." in message.text]


async def crossed_off(state: State, left: int = 0) -> None:
    """Until no message is left, or so many."""

    async def crossed() -> bool:
        return bool(await state.ask("XLEN", state.key("outbox")) <= left)

    await until(crossed)


async def test_the_live_message_becomes_the_outcome(
    slack: Slack, speaker: Speaker, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    _, ts = await speaker.post("C0DEPLOYS", {"text": "Deploying"})
    operation = await ended(journal, ts=ts)
    announcing()
    await crossed_off(state)
    (message,) = [each for each in slack.messages("#deploys") if not each.is_reply]
    assert [version.text for version in message.versions] == [
        "Deploying",
        f"It went wrong. Look at it.\nNothing was changed.\n_{operation.id} · <@U024BE7LH>_",
    ]


async def test_news_that_has_to_wait_holds_up_nobody_elses(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    announcer = announcing()
    asked, never = asyncio.Event(), asyncio.Event()

    async def wait(_about: str) -> None:
        asked.set()
        await never.wait()

    announcer.tells("incident", wait)
    await Outbox(state).post("incident", "d-else")
    await asyncio.wait_for(asked.wait(), 20)
    await ended(journal)
    await crossed_off(state, left=1)
    assert len(outcomes(slack)) == 1
    ((_, waits),) = await state.ask("XRANGE", state.key("outbox"), "-", "+")
    assert waits == {"incident": "d-else"}
    never.set()
    await crossed_off(state)


async def test_where_there_is_no_live_message_the_outcome_is_posted(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    operation = await ended(journal)
    announcing()
    await crossed_off(state)
    (message,) = outcomes(slack)
    assert (await journal.load(operation.id)).marks[TS] == f"C0DEPLOYS {message.ts}"


async def test_a_live_message_that_somebody_deleted_is_posted_again(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    await ended(journal, ts="1.000001")
    announcing()
    await crossed_off(state)
    assert len(outcomes(slack)) == 1


async def test_a_live_message_whose_post_is_just_under_way_becomes_the_outcome(
    slack: Slack, speaker: Speaker, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    """The operation ended meanwhile, and another replica tells of it."""
    live = Live(speaker, journal, Format(slack=True))
    operation, lease = await begun(journal)
    slow = slack.faults.queue("* /api/chat.postMessage", delay=0.3)
    live.draws(operation)
    await slack.until(lambda: slow.times == 0)
    await journal.finish(lease, operation, SICK)
    announcing()
    await crossed_off(state)
    await live.settled(operation.id)
    (message,) = [each for each in slack.messages("#deploys") if not each.is_reply]
    assert message.text.startswith("It went wrong.")


async def test_two_replicas_that_have_the_same_letter_tell_it_once(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    """A message is given out again after a while, and Slack was away for longer."""
    operation = await ended(journal)
    slow = slack.faults.queue("* /api/chat.postMessage", delay=0.3)
    both = [announcing(consumer=name, again_after=0.02) for name in ("r1", "r2")]
    await slack.until(lambda: slow.times == 0)
    await crossed_off(state)
    await slack.until(lambda: not any(each._under_way for each in both))
    texts = [(each.text, each.is_reply) for each in slack.messages("#deploys")]
    assert texts == [
        (f"It went wrong. Look at it.\nNothing was changed.\n_{operation.id} · <@U024BE7LH>_", False),
        ("● watch", True),
    ]


async def test_where_the_outcome_goes_to_whoever_asked_its_details_go_with_it(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    await ended(journal, origin=Origin("slack", "C0GENERAL", thread="1.000001"))
    announcing(announce=INCIDENTS)
    await crossed_off(state)
    outcome, details = slack.messages("U024BE7LH")
    assert (outcome.is_reply, details.thread_ts) == (False, outcome.ts)
    assert len(outcomes(slack, "#incidents")) == 1


@pytest.mark.parametrize("code", ["is_archived", "invalid_blocks"])
async def test_a_channel_that_takes_nothing_keeps_no_other_from_hearing_the_outcome(
    slack: Slack,
    state: State,
    journal: Journal,
    announcing: Callable[..., Announcer],
    metrics: Metrics,
    code: str,
) -> None:
    body = f'{{"ok": false, "error": "{code}"}}'
    slack.faults.queue(
        "* /api/chat.postMessage", status=200, body=body, times=2 if code == "is_archived" else 1
    )
    await ended(journal)
    announcing(announce=INCIDENTS)
    await crossed_off(state)
    assert (len(outcomes(slack)), len(outcomes(slack, "#incidents"))) == (0, 1)
    assert 'fisk_operations_total{kind="deploy",status="failed"} 1.0' in metrics.text().decode()


async def test_the_outcome_is_shown_when_slack_is_back(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    slack.go_down()
    await ended(journal)
    announcing()
    await until(lambda: slack.faults.queued[0].times <= 10**9 - 3)  # it was tried in vain
    slack.come_back()
    await crossed_off(state)
    assert len(outcomes(slack)) == 1


@pytest.mark.parametrize("code", ["internal_error", "ratelimited", "service_unavailable", "invalid_auth"])
async def test_what_slack_does_not_take_now_is_tried_again(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer], code: str
) -> None:
    status, headers = (429, {"Retry-After": "0"}) if code == "ratelimited" else (200, {})
    body = f'{{"ok": false, "error": "{code}"}}'
    slack.faults.queue("* /api/chat.postMessage", status=status, headers=headers, body=body, times=2)
    await ended(journal)
    announcing()
    await crossed_off(state)
    assert len(outcomes(slack)) == 1


async def test_what_slack_will_never_take_is_given_up_and_the_next_is_told(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    slack.faults.queue("* /api/chat.postMessage", status=200, body='{"ok": false, "error": "invalid_blocks"}')
    await ended(journal)
    await ended(journal)
    announcing()
    await crossed_off(state)
    assert len(outcomes(slack)) == 1


async def test_every_outcome_is_heard_in_the_channel_that_asked_for_it_once(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer], metrics: Metrics
) -> None:
    await ended(journal, origin=Origin("terminal", "host"))
    await ended(journal, origin=Origin("slack", INCIDENTS))
    announcing(announce=INCIDENTS)
    await crossed_off(state)
    assert len(outcomes(slack, "#incidents")) == 2
    assert 'fisk_operations_total{kind="deploy",status="failed"} 2.0' in metrics.text().decode()


async def test_a_letter_that_comes_twice_is_told_once(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    operation = await ended(journal, origin=Origin("slack", "C0DEPLOYS"))
    await state.ask("XADD", state.key("outbox"), "*", "operation", operation.id)
    announcing(announce=INCIDENTS)
    await crossed_off(state)
    assert (len(outcomes(slack)), len(outcomes(slack, "#incidents"))) == (1, 1)


async def test_a_letter_about_an_operation_that_is_forgotten_is_crossed_off(
    state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    await ended(journal, Completed(), Origin("terminal", "host"))
    await state.ask("XADD", state.key("outbox"), "*", "operation", "d-forgotten")
    announcer = announcing()
    await crossed_off(state)
    async with asyncio.timeout(20):
        await announcer.idle()


async def test_a_letter_that_meets_a_fault_keeps_no_other_from_being_told(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    await Outbox(state).post("what another fisk knows", "about")
    await ended(journal)
    announcing()
    await crossed_off(state)
    assert len(outcomes(slack)) == 1
