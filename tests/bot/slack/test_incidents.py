"""An operation's beginning and outcome are posted in incident channels, each once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.app.tasks import Tasks
from bot.slack.channels import Channels
from bot.slack.incidents import MESSAGE, Beginnings, Incidents
from bot.words.format import Format
from deploy.core import errors
from deploy.core.model import Actor, Failure, Operation, Origin, Resource
from deploy.core.outcomes import Failed
from deploy.deploys.arguments import DeployArguments
from deploy.engine.outbox import Outbox
from sandbox.slack.cast import FISK, Channel
from tests.bot.outage import away
from tests.waiting import until

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from deploy.engine.journal import Journal
    from deploy.redis.connect import State
    from sandbox.slack import Slack

ANA = Actor("U024BE7LH", "ana")
VAT = "#inc-vat-rounding"
SICK = Failed(Failure("x", "It went wrong.", "Look at it."))
HERE, THERE, TERMINAL = Origin("slack", "C0INCVAT1"), Origin("slack", "C0DEPLOYS"), Origin("terminal", "host")


@pytest.fixture
def incidents(speaker: Speaker, journal: Journal, state: State) -> Incidents:
    return _incidents(speaker, journal, state)


def _incidents(speaker: Speaker, journal: Journal, state: State, announce: str = "") -> Incidents:
    channels = Channels(speaker, ("C0INCVAT1", "C0INCAAAA"))
    return Incidents(channels, speaker, journal, state, Format(slack=True), announce=announce)


async def begun(journal: Journal, origin: Origin = THERE, *, over: bool = False) -> Operation:
    arguments, locks = DeployArguments("app", "3f2a1b9"), (Resource("app", "app"),)
    operation = Operation("d-7k3f", "deploy", ANA, origin, arguments, locks, 1.0, reason="<VAT>", usual=120)
    lease = await journal.start(operation, runner="r1")
    assert lease is not None
    if over:
        await journal.finish(lease, operation, SICK)
    return operation


def heard(slack: Slack, channel: str = VAT) -> list[str]:
    return [message.text for message in slack.messages(channel)]


@pytest.mark.parametrize("origin", [THERE, TERMINAL])
async def test_a_beginning_says_what_who_and_why(
    slack: Slack, incidents: Incidents, journal: Journal, origin: Origin
) -> None:
    await incidents.began((await begun(journal, origin)).id)
    told = "Deploying 3f2a1b9 to app · <@U024BE7LH> · usually 2 min · &lt;VAT&gt;\n_d-7k3f_"
    assert heard(slack) == [told]
    assert slack.messages(VAT)[0].buttons() == ["Show it"]


async def test_an_end_says_what_everybody_is_told(
    slack: Slack, incidents: Incidents, journal: Journal
) -> None:
    operation = await begun(journal, over=True)
    await incidents.ended(await journal.load(operation.id), SICK)
    assert heard(slack) == [
        "✗ app: It went wrong. Look at it.\nNothing was changed.\n_d-7k3f · <@U024BE7LH>_"
    ]


async def test_the_channel_that_has_the_live_message_hears_nothing_else(
    slack: Slack, incidents: Incidents, journal: Journal
) -> None:
    operation = await begun(journal, HERE)
    await incidents.began(operation.id)
    await incidents.ended(await journal.load(operation.id), SICK)
    assert heard(slack) == []


@pytest.mark.parametrize(
    ("announce", "told"), [("C0INCIDNT", {VAT: 1, "#incidents": 1}), ("C0INCVAT1", {VAT: 1, "#incidents": 0})]
)
async def test_the_channel_of_all_outcomes_hears_it_once_whether_or_not_it_is_one_of_them(
    slack: Slack, speaker: Speaker, journal: Journal, state: State, announce: str, told: dict[str, int]
) -> None:
    incidents = _incidents(speaker, journal, state, announce)
    operation = await begun(journal, over=True)
    for _ in range(2):
        await incidents.ended(await journal.load(operation.id), SICK)
    assert {channel: len(heard(slack, channel)) for channel in told} == told


async def test_a_beginning_that_comes_after_the_end_is_not_told(
    slack: Slack, incidents: Incidents, journal: Journal
) -> None:
    await incidents.began((await begun(journal, over=True)).id)
    assert heard(slack) == []


async def test_an_end_waits_for_a_beginning_that_is_just_being_told(
    slack: Slack, speaker: Speaker, journal: Journal, state: State
) -> None:
    operation = await begun(journal)
    slow, quick = (_incidents(speaker, journal, state) for _ in range(2))
    slack.faults.queue("* /api/chat.postMessage", delay=0.2)
    beginning = asyncio.create_task(slow.began(operation.id))
    await until(lambda: state.ask("EXISTS", state.key("once:said:C0INCVAT1:d-7k3f:began")))
    await quick.ended(await journal.load(operation.id), SICK)
    await beginning
    assert [text.partition(" ")[0] for text in heard(slack)] == ["Deploying", "✗"]


async def test_after_the_end_no_beginning_is_told(
    slack: Slack, incidents: Incidents, journal: Journal
) -> None:
    """A replica saw it running, was slow, and would tell it now."""
    operation = await begun(journal)
    await incidents.ended(await journal.load(operation.id), SICK)
    await incidents.began(operation.id)
    assert len(heard(slack)) == 1


async def test_two_replicas_tell_it_once(
    slack: Slack, speaker: Speaker, journal: Journal, state: State
) -> None:
    operation = await begun(journal)
    both = [_incidents(speaker, journal, state) for _ in range(2)]
    await asyncio.gather(*(each.began(operation.id) for each in both))
    snapshot = await journal.load(operation.id)
    await asyncio.gather(*(each.ended(snapshot, SICK) for each in both))
    assert len(heard(slack)) == 2


async def test_what_slack_does_not_take_now_is_told_when_it_is_asked_again(
    slack: Slack, incidents: Incidents, journal: Journal
) -> None:
    operation = await begun(journal)
    slack.faults.queue("* /api/chat.postMessage", status=503)
    with pytest.raises(errors.ServerFault):
        await incidents.began(operation.id)
    await incidents.began(operation.id)
    assert len(heard(slack)) == 1


async def test_a_channel_that_takes_nothing_keeps_no_other_from_hearing(
    slack: Slack, incidents: Incidents, journal: Journal
) -> None:
    slack.workspace.channels["C0INCAAAA"] = Channel("C0INCAAAA", "inc-a", members={FISK.id})
    operation = await begun(journal)
    slack.faults.queue("* /api/chat.postMessage", status=200, body='{"ok": false, "error": "is_archived"}')
    await incidents.began(operation.id)
    assert [len(heard(slack, channel)) for channel in ("#inc-a", VAT)] == [0, 1]


async def test_each_run_leaves_a_message_once_fisks_memory_takes_it(
    state: State, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = Tasks()
    outbox = Outbox(state)
    away(monkeypatch, outbox, "post")
    Beginnings(outbox, tasks).post(await begun(journal))
    await tasks.drain(5)
    message = await outbox.take("r1", 1)
    assert message is not None
    assert (message.kind, message.about) == (MESSAGE, "d-7k3f")
