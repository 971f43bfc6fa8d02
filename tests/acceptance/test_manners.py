"""Access and answers; all tests share one sandbox, since nothing is deployed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from sandbox import story
from tests.acceptance.show import CHANNEL, Show

if TYPE_CHECKING:
    from sandbox.slack.message import Message

INCIDENT = "#inc-vat-rounding"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room() -> AsyncIterator[Show]:
    async with Show() as show:
        yield show
        assert (show.deploys, show.set_to) == (0, "a4c9e1f")


async def test_help_is_in_the_acknowledgement_itself(room: Show) -> None:
    receipt = await room.type("help")
    assert "`deploy` · `skip` · `rollback`" in json.dumps(receipt.body, ensure_ascii=False)


async def test_a_misspelt_word_gets_the_nearest_one(room: Show) -> None:
    receipt = await room.type("deploi 3f2a1b9")
    assert "`deploi` is not a command. Did you mean `deploy`?" in str(receipt.body)


async def test_who_may_only_look_is_shown_the_line_to_add(room: Show) -> None:
    told = await room.ask("deploy 3f2a1b9", "ivo")
    assert "You may look but not deploy: deploy is for role team." in told
    assert 'add "U0IVO0001" to members under [access.roles.team]' in told.replace("`", "")


async def test_who_may_only_look_may_look(room: Show) -> None:
    assert "Would deploy 3f2a1b9" in await room.ask("deploy 3f2a1b9 --noop", "ivo")
    assert "There is no operation d-nobody" in (await room.ask("op d-nobody", "ivo")).replace("`", "")


async def test_a_guest_may_change_nothing(room: Show) -> None:
    assert "You may not use fisk: look is for role team." in await room.ask("lock app because", "gita")


@pytest.mark.parametrize("line", ["deploy 3f2a1b9", "locks", "history"])
async def test_people_of_another_workspace_are_refused_whatever_they_ask(room: Show, line: str) -> None:
    receipt = await room.type(line, "otto")
    assert "they are not of this workspace" in str(receipt.body)


async def test_a_bot_gets_no_answer(room: Show) -> None:
    message = await room.slack.mention("robot", CHANNEL, "locks")
    await room.ask("locks")  # whatever was to be said to the bot has been said by now
    assert room.slack.workspace.replies(message) == []


async def test_nobody_whose_name_is_like_a_target_gets_one(room: Show) -> None:
    assert "There is no target shop" in (await room.ask("deploy 3f2a1b9 --to shop")).replace("`", "")


async def test_a_hold_is_public_and_stops_everybody(room: Show) -> None:
    await room.type("lock staging the tax office calls")
    await room.said("holds staging: the tax office calls")
    for user in ("ana", "marko"):
        told = await room.ask("deploy 3f2a1b9 --to staging", user)
        assert "Not started: @ana holds staging since" in told
        assert "the tax office calls" in told
    assert "Held: staging: the tax office calls" in await room.ask("locks", "ivo")
    await room.type("unlock staging", "marko")
    await room.said("unlocked staging")


async def test_a_hold_of_somebody_else_is_not_taken_over(room: Show) -> None:
    await room.type("lock app mine")
    await room.said("holds app: mine")
    assert "@ana holds app since" in await room.ask("lock app no, mine", "marko")
    await room.type("unlock app")
    await room.said("unlocked app")


async def test_a_mention_in_a_thread_is_answered_there_smart_quotes_and_all(room: Show) -> None:
    parent = await room.slack.say("marko", CHANNEL, "are we safe?")
    await room.slack.mention("ana", CHANNEL, "deploy 3f2a1b9 —noop —reason “just looking”", parent.ts)
    await room.until(
        lambda: (
            "Would deploy 3f2a1b9" in "".join(map(room.slack.reading, room.slack.workspace.replies(parent)))
        )
    )


async def test_who_asks_in_a_thread_and_whom_they_mention_keep_their_names(room: Show) -> None:
    parent = await room.slack.say("marko", CHANNEL, "may I measure?")
    await room.slack.mention("ana", CHANNEL, "lock staging until @marko has measured", parent.ts)
    await room.said("holds staging: until @marko has measured")
    assert "@ana `lock staging until @marko has measured`" in await room.ask("changes 1h", "marko")
    await room.type("unlock staging")
    await room.said("unlocked staging")


async def test_an_apps_log_is_for_its_asker_alone_whichever_way_they_ask(room: Show) -> None:
    assert f"fiskai {story.RUNS[:7]} starts" in await room.ask("logs app 200")
    await room.type("logs app", channel=INCIDENT)
    parent = await room.slack.say("marko", CHANNEL, "what does it print?")
    await room.slack.mention("ana", CHANNEL, "logs app", parent.ts)
    await room.slack.mention("ana", INCIDENT, "logs app")
    await room.until(lambda: len(logs_seen(room, CHANNEL)) == 2 and len(logs_seen(room, INCIDENT)) == 2)
    ana = room.slack.workspace.user("ana").id
    seen = [*logs_seen(room, CHANNEL), *logs_seen(room, INCIDENT)]
    assert [(each.visible_to, each.thread_ts) for each in seen] == [
        (ana, ""),
        (ana, parent.ts),
        (ana, ""),
        (ana, ""),
    ]


def logs_seen(room: Show, channel: str) -> list[Message]:
    return [
        each for each in room.slack.messages(channel, "ana") if "listening on" in room.slack.reading(each)
    ]


async def test_an_apps_log_is_not_for_those_who_may_only_look(room: Show) -> None:
    assert "You may look but not read the log of an app: details is for role team." in await room.ask(
        "logs app", "ivo"
    )


async def test_a_title_that_would_ping_the_channel_does_not(room: Show) -> None:
    message = await room.asked("deploy 51ab3c4 --noop")
    raw = json.dumps([message.text, message.blocks])
    assert "&lt;!channel&gt;" in raw
    assert "<!channel>" not in raw
    assert "<@U024BE7LH>" not in raw


async def test_a_button_runs_with_the_rights_of_whoever_presses_it(room: Show) -> None:
    await room.type("deploy b7d0c5e")
    message = await room.said("b7d0c5e changed only files that build.yml leaves out")
    told = await room.pressed(message, "Deploy 3f2a1b9", "ivo")
    assert "You may look but not deploy: deploy is for role team." in room.slack.reading(told)


async def test_nothing_to_cancel_and_nothing_to_take_away_is_said_plainly(room: Show) -> None:
    assert "There is no operation d-nobody" in (await room.ask("cancel d-nobody")).replace("`", "")
    assert "Nobody holds staging." in await room.ask("unlock staging")
    assert "No operation works on staging" in await room.ask("unlock staging --force")
