"""What the owner of a hold is told and asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.slack.channels import Channels
from bot.slack.holds import DAY, NEEDED, HoldNews
from bot.slack.incidents import Incidents
from bot.words.format import Format
from deploy.core.model import Actor, Hold, Resource
from deploy.engine.locks import Lifted, Locks
from deploy.engine.outbox import Outbox
from deploy.redis import codec

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from deploy.engine.journal import Journal
    from deploy.redis.connect import State
    from sandbox.slack import Slack

ANA, MARKO, CLI = Actor("U024BE7LH", "ana"), Actor("U0MARKO01", "marko"), Actor("cli:ivo", "ivo")
APP = Resource("app", "app")


@pytest.fixture
def news(state: State, journal: Journal, speaker: Speaker) -> HoldNews:
    fmt = Format(slack=True)
    incidents = Incidents(Channels(speaker, ()), speaker, journal, state, fmt, announce="C0DEPLOYS")
    return HoldNews(state, Locks(state), Outbox(state), speaker, incidents, fmt)


async def held(state: State, days: float, owner: Actor = ANA, until: float = 0) -> Hold:
    """A hold that was set days ago."""
    since = await state.now() - days * DAY
    hold = Hold(APP, owner, "the 'importer' runs", since, until)
    await put(state, hold)
    return hold


async def put(state: State, hold: Hold) -> None:
    signed = state.signer.sign(codec.dump(Hold, hold), "hold", str(APP))
    await state.ask("HSET", state.key("holds"), str(APP), signed)


async def questions(state: State) -> int:
    return int(await state.ask("XLEN", state.key("outbox")))


@pytest.mark.parametrize(("days", "asked"), [(0.9, 0), (1.1, 1), (5.5, 1)])
async def test_an_owner_is_asked_once_a_day_whichever_replica_looks(
    state: State, news: HoldNews, days: float, asked: int
) -> None:
    await held(state, days)
    for _ in range(3):
        await news.look()
    assert await questions(state) == asked


async def test_on_the_next_day_the_owner_is_asked_again(state: State, news: HoldNews) -> None:
    hold = await held(state, 1.1)
    await news.look()
    earlier = replace(hold, since=hold.since - DAY)  # as it will be tomorrow
    await put(state, earlier)
    await news.look()
    await news.look()
    assert await questions(state) == 2


async def test_a_hold_with_an_end_is_not_asked_about(state: State, news: HoldNews) -> None:
    await held(state, 3, until=await state.now() + 60)
    await news.look()
    assert await questions(state) == 0


async def test_the_question_has_the_lines_that_answer_it(state: State, news: HoldNews, slack: Slack) -> None:
    await held(state, 2)
    await news.ask(str(APP))
    await news.ask(str(APP))
    (message,) = slack.messages(slack.workspace.direct(ANA.id).id)
    assert message.text == "You hold app: the 'importer' runs, for 2 days now. Is that still needed?"
    buttons = [
        each for block in message.blocks for each in block.get("elements", ()) if each["type"] == "button"
    ]
    assert [(each["text"]["text"], each["value"]) for each in buttons] == [
        ("Keep it", """lock app 'the '"'"'importer'"'"' runs'"""),
        ("Lift it", "unlock app"),
    ]


async def test_nobody_is_asked_about_a_hold_that_is_over(news: HoldNews, slack: Slack) -> None:
    await news.ask(str(APP))
    assert slack.messages(slack.workspace.direct(ANA.id).id) == []


async def test_whose_hold_somebody_else_lifts_is_told_once(
    state: State, news: HoldNews, slack: Slack
) -> None:
    hold = await held(state, 0)
    await Locks(state).unhold(APP, MARKO)
    assert await questions(state) == 1
    for _ in range(2):
        await news.lifted(codec.dump(Lifted, Lifted(hold, MARKO)))
    (message,) = slack.messages(slack.workspace.direct(ANA.id).id)
    assert message.text == "<@U0MARKO01> lifted your hold of app: the 'importer' runs."


async def test_who_lifts_their_own_hold_is_told_nothing(state: State) -> None:
    await held(state, 0)
    await Locks(state).unhold(APP, ANA)
    assert await questions(state) == 0


async def test_a_hold_set_at_a_terminal_is_asked_about_where_outcomes_are_told(
    state: State, news: HoldNews, slack: Slack
) -> None:
    await held(state, 2, CLI)
    await news.ask(str(APP))
    (message,) = slack.messages("C0DEPLOYS")
    assert message.text.startswith("You hold app")


async def test_the_question_is_a_message_of_the_outbox(state: State, news: HoldNews) -> None:
    await held(state, 2)
    await news.look()
    message = await Outbox(state).take("r1", 1)
    assert message
    assert (message.kind, message.about) == (NEEDED, "app:app")
