"""Lines that act, by way of the inbox: done once and answered, whatever stops under them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

from bot.slack import answers, inbox_worker
from bot.slack.answers import Way
from bot.slack.typed_line import TypedLine, stored
from commands import again, grammar
from deploy.core import errors
from deploy.core.actor import Actor, Origin
from deploy.engine.inbox import Inbox, Taken
from tests.bot.conversation import a_bot, seen, settings
from tests.bot.outage import away
from tests.waiting import until

if TYPE_CHECKING:
    from bot.app.run import Bot
    from sandbox.slack import Slack

ANA, DEPLOYS = "U024BE7LH", "C0DEPLOYS"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_worker, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(answers, "PAUSE", 0.01)
    monkeypatch.setattr(answers, "LONGEST_PAUSE", 0.01)


@pytest.fixture
async def bot(slack: Slack, valkey_url: str) -> AsyncIterator[Bot]:
    async with a_bot(slack, settings(slack, valkey_url).model_copy(update={"lease_seconds": 0.2})) as bot:
        yield bot


async def type_(slack: Slack, line: str, user: str = "ana") -> dict[str, Any]:
    """Type a line that is acknowledged; what the ack itself says."""
    receipt = await slack.command(user, "#deploys", "/fisk", line)
    assert receipt.acked
    return receipt.body or {}


async def handled(bot: Bot) -> None:
    """Wait until nothing is left in the inbox."""
    state = bot.parts.state

    async def empty() -> bool:
        return not await state.ask("XLEN", state.key("inbox"))

    await until(empty)
    await until(bot.parts.outbox.empty)


async def deeds(bot: Bot) -> list[str]:
    """What the record has, oldest first."""
    entries = await bot.parts.world.memory.audit.since(0)
    return [each.outcome or "began" for each in reversed(entries)]


def posts(slack: Slack) -> list[str]:
    return [each.text for each in slack.messages("#deploys") if each.is_by_app and not each.visible_to]


def whispers(slack: Slack) -> list[str]:
    return [each.text for each in slack.messages("#deploys", "ana") if each.visible_to]


async def a_line(bot: Bot, text: str, user: str = ANA) -> None:
    """A line that another replica put into the inbox, and then died."""
    alone, origin = Way(DEPLOYS, user), Origin("slack", DEPLOYS, team="T0FISKAI1", request="trigger_id:1.1")
    asked = TypedLine(grammar.parse(text), text, Actor(user), origin, alone, alone)
    assert await Inbox(bot.parts.state, bot.parts.world.memory.seal, "dead").put(asked.key, stored(asked))


async def test_a_line_is_out_of_the_inbox_once_it_is_answered(slack: Slack, bot: Bot) -> None:
    await type_(slack, "lock app we measure")
    await seen(slack, "holds app: we measure")
    await type_(slack, "unlock staging")
    await slack.until(lambda: whispers(slack))
    await handled(bot)
    assert await bot.parts.state.ask("HLEN", bot.parts.state.key("inbox:answers")) == 0


async def test_a_line_of_a_bot_that_died_is_done_by_another(slack: Slack, bot: Bot) -> None:
    await a_line(bot, "lock app we measure")
    await seen(slack, "holds app: we measure")
    await handled(bot)
    assert await deeds(bot) == ["held"]


async def test_rights_are_judged_when_a_line_is_handled(slack: Slack, bot: Bot) -> None:
    await a_line(bot, "lock app we measure", user="U0IVO0001")
    (told,) = await slack.until(lambda: [each.text for each in slack.messages("#deploys", "ivo")])
    assert told.startswith("You may look but not lock: locks is for role deployers.")
    await handled(bot)


# --- a bot that stops between what it did and its note of it

LINES = {
    "lock app we measure": ["held"],
    "unlock app": ["held", "lifted"],
    "deploy 3f2a1b9": ["began"],
}


@pytest.mark.parametrize(("line", "recorded"), LINES.items(), ids=LINES)
async def test_what_was_done_is_not_done_again_nor_told_as_an_error(
    slack: Slack, bot: Bot, monkeypatch: pytest.MonkeyPatch, line: str, recorded: list[str]
) -> None:
    if line.startswith("unlock"):
        await type_(slack, "lock app we measure")
        await seen(slack, "holds app")
    back = away(monkeypatch, bot._inbox._inbox, "_end", times=1)
    await type_(slack, line)
    await back.wait()
    await handled(bot)
    assert (await deeds(bot))[: len(recorded)] == recorded
    assert whispers(slack) == []
    if "deploy" in line:
        assert posts(slack)  # the message, and perhaps its end in the thread already
        assert all(text.startswith("Deploying 3f2a1b9") or "GitHub" in text for text in posts(slack))
        assert (await deeds(bot)).count("began") == 1
    else:
        assert posts(slack)[-1] == (
            f"<@{ANA}> asked for `{line}`, which was done, though the bot that did it could not say so."
        )
        assert await deeds(bot) == recorded


async def test_a_fault_of_fisks_own_is_not_told_where_it_was_done(
    slack: Slack, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.locks.Frozen", lambda *_: 1 / 0)
    await type_(slack, "lock app we measure")
    await seen(slack, "asked for `lock app we measure`, which was done, though the bot")
    await handled(bot)
    assert (whispers(slack), await deeds(bot)) == ([], ["held"])


async def test_a_memory_that_fails_under_a_line_is_waited_for(
    slack: Slack, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = away(monkeypatch, bot.parts.world.memory.locks, "hold", times=2)
    await type_(slack, "lock app we measure")
    await back.wait()
    await seen(slack, "holds app: we measure")
    await handled(bot)
    assert (whispers(slack), await deeds(bot)) == ([], ["held"])


async def test_an_operation_whose_beginning_nobody_heard_of_is_begun_once(
    slack: Slack, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, heard = bot.parts.world.memory.journal, iter([False])
    start = journal.start

    async def lost(*args: Any, **more: Any) -> object:
        answer = await start(*args, **more)
        if next(heard, True):
            return answer
        raise errors.StateUnavailable(where="no answer")

    monkeypatch.setattr(journal, "start", lost)
    await type_(slack, "deploy 3f2a1b9")
    await handled(bot)
    await slack.until(lambda: "GitHub cannot be reached" in slack.transcript("#deploys"), within=30)
    assert (await deeds(bot)).count("began") == 1
    assert (len(posts(slack)), whispers(slack)) == (1, [])
    await slack.until(lambda: not bot.live._drawn)


async def test_a_line_under_which_every_bot_stops_is_given_up_and_told(
    slack: Slack, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(again, "MOST", 2)
    away(monkeypatch, bot.parts.world.memory.locks, "hold", times=10)
    await type_(slack, "lock app we measure")
    await slack.until(lambda: whispers(slack), within=30)
    assert whispers(slack)[0] == (
        "fisk took `lock app we measure` up 2 times, and stopped under it each time, so it gives up."
        " fisk's log says why; `/fisk locks` and `/fisk history` show whether anything was begun."
    )
    await handled(bot)
    assert await deeds(bot) == []


async def test_a_line_of_another_version_is_left_to_that(slack: Slack, bot: Bot) -> None:
    state = bot.parts.state
    await Inbox(state, bot.parts.world.memory.seal, "newer").put("trigger_id:9", '{"version": 9}')
    await a_line(bot, "lock app we measure")
    await seen(slack, "holds app: we measure")
    assert await state.ask("XLEN", state.key("inbox")) == 1


# --- Slack that does not take an answer


async def test_a_private_answer_is_told_by_whoever_is_there_once_slack_is_back(
    slack: Slack, bot: Bot
) -> None:
    slack.faults.queue("POST /response/*", status=503, times=5)
    await type_(slack, "unlock app")
    await slack.until(lambda: whispers(slack))
    await handled(bot)
    assert whispers(slack) == ["Nobody holds app. `/fisk locks` shows who holds what."]


async def test_a_public_effect_is_told_once_slack_is_back(
    slack: Slack, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.outbox_worker.PAUSE", 0.01)
    slack.faults.queue("* /api/chat.postMessage", drop=True, times=5)
    await type_(slack, "lock app we measure")
    await seen(slack, "holds app: we measure")
    await handled(bot)
    assert (len(posts(slack)), whispers(slack)) == (1, [])


async def test_where_it_waits_in_the_outbox_nothing_of_it_can_be_read(slack: Slack, bot: Bot) -> None:
    slack.faults.queue("* /api/chat.postMessage", drop=True, times=10_000)
    await type_(slack, "lock app we measure")
    await until(lambda: _waiting(bot))
    stored = str(await bot.parts.state.ask("XRANGE", bot.parts.state.key("outbox"), "-", "+"))
    assert ("http" in stored, "we measure" in stored) == (False, False)
    slack.faults.clear()
    await seen(slack, "holds app: we measure")
    await handled(bot)


async def _waiting(bot: Bot) -> bool:
    return bool(await bot.parts.state.ask("XLEN", bot.parts.state.key("outbox")))


async def test_an_answer_that_a_stopping_bot_leaves_is_told_by_the_next_one(slack: Slack, bot: Bot) -> None:
    slack.faults.queue("POST /response/*", status=503, times=10_000)
    await type_(slack, "unlock app")
    await until(lambda: _noted(bot))
    await bot._lines.stop()  # as at its end; here the same bot takes it up again
    slack.faults.clear()
    await slack.until(lambda: whispers(slack))
    await handled(bot)
    assert whispers(slack) == ["Nobody holds app. `/fisk locks` shows who holds what."]


async def test_what_another_bot_answers_meanwhile_is_not_sent_a_second_time(slack: Slack, bot: Bot) -> None:
    slack.faults.queue("POST /response/*", status=503, times=10_000)
    await type_(slack, "unlock app")
    await until(lambda: _noted(bot))
    await _done_by_another(bot)
    slack.faults.clear()
    await until(lambda: not bot._inbox._under_way)
    assert whispers(slack) == []
    assert await bot.parts.state.ask("HLEN", bot.parts.state.key("inbox:answers")) == 0


async def _done_by_another(bot: Bot) -> None:
    """As one does that takes a line up whose bot gave no sign of life."""
    state, key = bot.parts.state, bot.parts.state.key("inbox")
    ((id_, _),) = await state.ask("XRANGE", key, "-", "+")
    await state.ask("XCLAIM", key, "handlers", "another", 0, id_, "JUSTID")
    assert await Inbox(state, bot.parts.world.memory.seal, "another").done(Taken(id_, "", ""))


async def _noted(bot: Bot) -> bool:
    return bool(await bot.parts.state.ask("HLEN", bot.parts.state.key("inbox:answers")))


async def test_a_limit_on_lines_is_told_in_the_ack(
    slack: Slack, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.rate.BURST", 0)
    assert "more than fisk answers" in (await type_(slack, "lock app we measure"))["text"]
    assert await deeds(bot) == []


async def test_a_memory_that_does_not_take_a_line_is_told_in_the_ack(
    slack: Slack, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    away(monkeypatch, bot.parts.state, "run", times=3)
    assert (await type_(slack, "lock app we measure"))["text"].startswith(
        "fisk's memory did not take that within a second ("
    )
    await slack.mention("ana", "#deploys", "lock app we measure")
    await seen(slack, "fisk's memory did not take that within a second (")
    assert await deeds(bot) == []
