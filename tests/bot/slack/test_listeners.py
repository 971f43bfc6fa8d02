"""Bolt's listeners: users' actions in Slack, and the answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.slack import blocks
from bot.slack.manifest import manifest
from deploy.access.access import Access
from deploy.access.policy import Policy, Role
from deploy.core.model import Offer
from sandbox.slack import payloads
from sandbox.slack.cast import FISK, Channel
from tests.bot.conversation import a_bot, seen, settings

if TYPE_CHECKING:
    from bot.app.run import Bot
    from sandbox.slack import Slack


@pytest.fixture
async def bot(slack: Slack, valkey_url: str) -> AsyncIterator[Bot]:
    """A bot over signed HTTP with exactly what its own manifest lets it do."""
    mine = settings(slack, valkey_url, http=True)
    made = manifest(mine)
    slack.api.scopes = frozenset(made["oauth_config"]["scopes"]["bot"])
    slack.workspace.messages_tab = made["features"].get("app_home", {}).get("messages_tab_enabled", False)
    async with a_bot(slack, mine) as bot:
        slack.request_url = f"http://{mine.bind}/slack/events"
        yield bot


async def answered(slack: Slack, bot: Bot, user: str, text: str) -> str:
    """What somebody alone gets to see after a command."""
    receipt = await slack.command(user, "#deploys", "/fisk", text)
    if receipt.body:
        return str(receipt.body["text"])
    await bot.finish()
    return slack.messages("#deploys", user)[-1].text


@pytest.mark.usefixtures("bot")
async def test_a_hold_is_told_to_everybody_in_the_channel(slack: Slack) -> None:
    await slack.command("ana", "#deploys", "/fisk", "lock app we <measure>")
    message = await seen(slack, "holds app")
    assert message.visible_to == ""
    assert message.text == (
        "<@U024BE7LH> holds app: we &lt;measure&gt;. Nobody deploys to it until `/fisk unlock app`."
    )


async def test_a_report_is_for_the_one_who_asked(slack: Slack, bot: Bot) -> None:
    assert await answered(slack, bot, "ivo", "locks") == "Nothing is under way, and nobody holds anything."
    assert slack.messages("#deploys", "ana") == []


async def test_a_payload_does_not_turn_fisks_own_log_down(slack: Slack, bot: Bot) -> None:
    log = logging.getLogger("fisk")
    before = log.level
    log.setLevel(logging.INFO)
    try:
        await answered(slack, bot, "ivo", "locks")
        assert log.level == logging.INFO
    finally:
        log.setLevel(before)


async def test_somebody_who_is_not_listed_may_look_but_not_touch(slack: Slack, bot: Bot) -> None:
    assert await answered(slack, bot, "ivo", "lock app mine") == (
        "You may look but not lock: locks is for role deployers. To allow it, add a table"
        ' `[access.roles.NAME]` with `members = ["U0IVO0001"]` and `may = ["locks"]` in fisk.toml.'
    )


async def test_a_member_of_a_listed_group_may(slack: Slack, bot: Bot) -> None:
    await slack.command("marko", "#deploys", "/fisk", "lock app mine")
    await slack.until(lambda: slack.find("#deploys", "holds app: mine"))
    await bot.finish()


async def test_nobody_of_another_workspace_is_served(slack: Slack, bot: Bot) -> None:
    assert "cannot use fisk: they are not of this workspace." in await answered(slack, bot, "otto", "locks")


async def test_a_guest_may_not_even_look(slack: Slack, bot: Bot) -> None:
    assert await answered(slack, bot, "gita", "locks") == (
        "You may not use fisk: look is for role deployers. To allow it, add a table"
        ' `[access.roles.NAME]` with `members = ["U0GUEST01"]` and `may = ["look"]` in fisk.toml.'
    )


async def test_a_mention_is_answered_in_its_thread(slack: Slack, bot: Bot) -> None:
    asked = await slack.mention("ivo", "#deploys", "locks")
    answer = await seen(slack, "Nothing is under way")
    assert answer.thread_ts == asked.ts
    await bot.finish()


async def test_a_mention_that_slack_delivers_again_is_answered_once(slack: Slack, bot: Bot) -> None:
    person, where = slack.workspace.user("ana"), slack.workspace.channel("#deploys")
    message = slack.workspace.post(where.id, person.id, "<@U0FISK001> lock app why")
    event = payloads.event_callback(
        payloads.message_event("app_mention", person, message), slack.workspace.now()
    )
    for _ in range(3):
        receipt = await slack.inbound._courier.deliver("events_api", event)
        assert receipt.acked
    await seen(slack, "holds app: why")
    await bot.finish()
    assert len(slack.messages("#deploys")) == 2


async def test_help_is_read_by_everybody_in_an_incident_channel(slack: Slack, bot: Bot) -> None:
    await slack.command("ivo", "#inc-vat-rounding", "/fisk", "locks")
    await bot.finish()  # by now it knows its incident channels
    assert (await slack.command("ivo", "#inc-vat-rounding", "/fisk", "help locks")).acked
    message = slack.messages("#inc-vat-rounding")[-1]
    assert (message.visible_to, message.by_command) == ("", "/fisk help locks")
    assert message.text == "`/fisk locks`\nWho holds what, since when, and why."


@pytest.mark.usefixtures("bot")
async def test_help_elsewhere_and_misspelt_lines_stay_between_fisk_and_whoever_typed_them(
    slack: Slack,
) -> None:
    slack.workspace.channels["C0SECRET"] = Channel(
        "C0SECRET", "inc-secret", members={FISK.id}, is_private=True
    )
    typed = [("#deploys", "help"), ("#inc-secret", "help"), ("#inc-vat-rounding", "hepl")]
    for channel, line in typed:
        assert (await slack.command("ivo", channel, "/fisk", line)).acked
    assert [slack.messages(channel)[-1].visible_to for channel, _ in typed] == ["U0IVO0001"] * 3


UNNUMBERED = (
    "Slack sent that without its `{name}`, so fisk cannot tell whether it was done before."
    " Ask again; if it stays so, look at what stands between Slack and fisk."
)


@pytest.mark.usefixtures("bot")
async def test_a_command_without_an_id_is_refused_each_time(slack: Slack) -> None:
    ana, where = slack.workspace.user("ana"), slack.workspace.channel("#deploys")
    payload = payloads.slash_command(ana, where, "/fisk", "lock app why", trigger="", response_url="")
    for _ in range(2):
        receipt = await slack.inbound._courier.deliver("slash_commands", payload)
        assert (receipt.body or {})["text"] == UNNUMBERED.format(name="trigger_id")


async def test_a_mention_without_an_id_is_refused_in_its_thread(slack: Slack, bot: Bot) -> None:
    person, where = slack.workspace.user("ana"), slack.workspace.channel("#deploys")
    message = slack.workspace.post(where.id, person.id, "<@U0FISK001> lock app why")
    event = payloads.event_callback(
        payloads.message_event("app_mention", person, message), slack.workspace.now()
    )
    assert (await slack.inbound._courier.deliver("events_api", event | {"event_id": ""})).acked
    await bot.finish()
    assert [each.text for each in slack.messages("#deploys") if each.is_reply] == [
        UNNUMBERED.format(name="event_id")
    ]


async def test_a_mention_that_is_not_understood_is_answered_too(slack: Slack, bot: Bot) -> None:
    await slack.mention("ivo", "#deploys", "lokcs")
    answer = await seen(slack, "is not a command.")
    await bot.finish()
    assert answer.text == "`lokcs` is not a command. Did you mean `locks`? `@fisk help` lists the commands."


async def test_a_mention_may_be_polite(slack: Slack, bot: Bot) -> None:
    person, where = slack.workspace.user("ana"), slack.workspace.channel("#deploys")
    message = slack.workspace.post(where.id, person.id, "hey <@U0FISK001>: locks")
    event = payloads.message_event("app_mention", person, message)
    await slack.inbound._courier.deliver("events_api", payloads.event_callback(event, slack.workspace.now()))
    await seen(slack, "Nothing is under way")
    await bot.finish()


async def test_in_a_thread_lines_are_told_as_they_are_typed_there(slack: Slack, bot: Bot) -> None:
    await slack.mention("ana", "#deploys", "lock app we measure")
    answer = await seen(slack, "holds app")
    await bot.finish()
    assert answer.text.endswith("Nobody deploys to it until `@fisk unlock app`.")


async def test_another_bot_is_not_answered(slack: Slack, bot: Bot) -> None:
    await slack.mention("robot", "#deploys", "locks")
    await bot.finish()
    assert len(slack.messages("#deploys")) == 1


def lists(bot: Bot, member: str) -> None:
    access = bot.parts.world.memory.stores.of(Access)
    role = Role(frozenset({member}), frozenset({"look"}))
    access.rules = replace(access.rules, policy=Policy(roles={"robots": role}))


async def test_a_bot_that_a_role_lists_is_answered_by_its_rights(slack: Slack, bot: Bot) -> None:
    lists(bot, "U0ROBOT01")
    asked = [await slack.mention("robot", "#deploys", line) for line in ("locks", "lock app why")]
    await slack.until(lambda: all(slack.workspace.replies(message) for message in asked))
    (looked,), (locked,) = [slack.workspace.replies(message) for message in asked]
    assert looked.text == "Nothing is under way, and nobody holds anything."
    assert locked.text == (
        "You may look but not lock: no role may locks. To allow it, add a table"
        ' `[access.roles.NAME]` with `members = ["U0ROBOT01"]` and `may = ["locks"]` in fisk.toml.'
    )


async def test_fisk_never_answers_itself(slack: Slack, bot: Bot) -> None:
    lists(bot, FISK.id)
    await slack.mention("fisk", "#deploys", "locks")
    await bot.finish()
    assert len(slack.messages("#deploys")) == 1


async def test_a_button_runs_with_the_rights_of_whoever_presses_it(slack: Slack, bot: Bot) -> None:
    await slack.command("ana", "#deploys", "/fisk", "lock app mine")
    message = await seen(slack, "holds app")
    await slack.press("ivo", message, "Unlock")
    await slack.until(
        lambda: any("may look but not unlock" in each.text for each in slack.messages("#deploys", "ivo"))
    )
    assert len(await bot.parts.world.memory.locks.holds()) == 1
    await slack.press("ana", message, "Unlock")
    await slack.until(lambda: slack.find("#deploys", " unlocked "))
    assert await bot.parts.world.memory.locks.holds() == ()


async def test_the_line_on_a_button_is_read_as_fisk_wrote_it(slack: Slack, bot: Bot) -> None:
    """No phone has curled its quotes: what looks like that is somebody's own text, as from a terminal."""
    content = blocks.message("Again?", (Offer("Hold it", "lock app 'look at “VAT” first'"),))
    await bot.speaker.post("C0DEPLOYS", content)
    await slack.press("ana", await seen(slack, "Again?"), "Hold it")
    await seen(slack, "holds app")
    (hold,) = await bot.parts.world.memory.locks.holds()
    assert hold.reason == "look at “VAT” first"


async def test_a_deploy_that_fails_is_told_with_the_scopes_of_the_manifest(slack: Slack, bot: Bot) -> None:
    await slack.command("ana", "#deploys", "/fisk", "deploy 3f2a1b9")
    message = await seen(slack, "GitHub cannot be reached", within=30)
    assert message.buttons()[-1] == "Log"
    await slack.until(lambda: not bot.live._drawn)


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("channel", "line", "told"),
    [
        ("#inc-vat-rounding", "locks", "Nothing is under way"),
        ("#inc-vat-rounding", "op d-nobody", "There is no operation"),
        ("#deploys", "lock app why", "holds app: why"),
    ],
)
async def test_an_answer_for_all_waits_where_slack_asks_fisk_to_slow_down(
    slack: Slack, channel: str, line: str, told: str
) -> None:
    body = '{"ok": false, "error": "ratelimited"}'
    slack.faults.queue(
        "* /api/chat.postMessage", status=429, body=body, headers={"Retry-After": "0"}, times=2
    )
    await slack.command("ana", channel, "/fisk", line)
    await slack.until(lambda: told in slack.transcript(channel))


async def test_a_deploy_from_a_channel_that_fisk_is_not_in_is_told_to_whoever_asked(
    slack: Slack, bot: Bot
) -> None:
    await slack.command("ana", "#general", "/fisk", "deploy 3f2a1b9")
    await slack.until(lambda: "GitHub cannot be reached" in slack.transcript("U024BE7LH"), within=30)
    (where,) = slack.messages("#general")
    assert where.visible_to == "U024BE7LH"
    assert "/invite @fisk" in slack.reading(where)
    await slack.until(lambda: not bot.live._drawn)


async def test_slack_down_when_the_bot_starts_is_waited_for(slack: Slack, valkey_url: str) -> None:
    slack.go_down()
    asyncio.get_running_loop().call_later(0.3, slack.come_back)
    async with a_bot(slack, settings(slack, valkey_url)):
        await slack.until(lambda: slack.socket.connections)
        assert (await slack.command("ana", "#deploys", "/fisk", "help")).acked
