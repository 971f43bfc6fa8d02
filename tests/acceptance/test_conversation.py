"""A deploy in Slack, from its first line to its rollback: what users type, press and read."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from sandbox import story
from tests.acceptance.show import CHANNEL, Show

if TYPE_CHECKING:
    from sandbox.slack.message import Message


async def _at_watch(show: Show, line: str = "deploy 3f2a1b9", user: str = "ana") -> Message:
    show.world.coolify.queue.freeze()
    await show.type(line, user)
    return await show.said("● watch")


STEPS = ["resolve", "gates", "point", "trigger", "watch", "prove"]


async def _in_thread(show: Show, message: Message) -> list[str]:
    """The lines of the only message in its thread."""
    await show.until(lambda: show.slack.workspace.replies(message))
    (reply,) = show.slack.workspace.replies(message)
    return show.slack.reading(reply).splitlines()


async def test_a_deploy_is_one_message_and_its_thread_has_what_that_does_not_show(show: Show) -> None:
    await show.type("deploy 3f2a1b9")
    message = await show.said("app runs 3f2a1b9: deployed")
    first, empty, *commits = await _in_thread(show, message)
    assert (first.startswith("@ana, app runs 3f2a1b9: deployed in "), empty) == (True, "")
    assert commits[0] == "• 3f2a1b9 Round VAT per line · Marko Babić"
    assert [each for each in commits if not each.startswith("• ")] == []
    (plan,) = [block for block in message.blocks if block["type"] == "plan"]
    assert [task["title"] for task in plan["tasks"]] == STEPS
    assert message.buttons() == ["Roll back", "Log"]
    assert len(show.posts()) == 1


def _drawn(message: Message) -> list[list[str]]:
    return [[block["type"] for block in version.blocks] for version in message.versions]


async def test_its_steps_are_a_plan_from_the_first_word_to_the_last(show: Show) -> None:
    await show.type("deploy 3f2a1b9")
    message = await show.said("app runs 3f2a1b9: deployed")
    assert {tuple(each) for each in _drawn(message)} == {("section", "plan", "actions")}


async def test_where_slack_knows_no_plans_the_same_message_is_text(show: Show) -> None:
    show.slack.workspace.knows_plans = False
    message = await _at_watch(show)
    show.world.coolify.queue.thaw()
    assert await show.said("app runs 3f2a1b9: deployed") == message
    assert {tuple(each) for each in _drawn(message)} == {("section", "actions")}
    refused = [call.method for call in show.slack.workspace.calls if call.error == "invalid_blocks"]
    assert refused == ["chat.postMessage"]
    assert [line.split()[1] for line in await _in_thread(show, message) if line.startswith("✓")] == STEPS


async def test_a_commit_message_from_outside_pings_nobody(show: Show) -> None:
    """51ab3c4, among what this deploy brings, says <!channel> and names a user."""
    await show.type("deploy 3f2a1b9")
    message = await show.said("app runs 3f2a1b9: deployed")
    await show.until(lambda: show.slack.workspace.replies(message))
    raw = json.dumps([[each.text, each.blocks] for each in show.slack.messages(CHANNEL) if each.is_by_app])
    assert "&lt;!channel&gt;" in raw
    assert "<!channel>" not in raw
    assert "Tell <@U024BE7LH>" not in raw


async def test_roll_back_is_a_button_and_asks_first(show: Show) -> None:
    await show.type("deploy 3f2a1b9")
    message = await show.said("app runs 3f2a1b9: deployed")
    refused = await show.slack.press("marko", message, "Roll back", confirm=False)
    assert refused.error == "not_confirmed"
    await show.press(message, "Roll back", "marko")
    await show.said("app runs a4c9e1f again: rolled back")
    assert (show.runs, show.set_to) == ("a4c9e1f", "a4c9e1f")


async def test_cancel_is_a_button_and_puts_back_what_was_changed(show: Show) -> None:
    message = await _at_watch(show)
    await show.press(message, "Cancel", "marko")
    await show.until(lambda: show.world.coolify.queue.rows[-1].status == "cancelled-by-user")
    show.world.coolify.queue.thaw()
    await show.said("app: stopped; a4c9e1f is back")
    told = show.slack.reading(message)
    assert "asked to stop it." in told
    assert (show.runs, show.set_to) == ("a4c9e1f", "a4c9e1f")
    assert message.buttons() == ["Log", "Try again"]


async def test_who_may_only_look_cannot_press_cancel(show: Show) -> None:
    message = await _at_watch(show)
    told = await show.pressed(message, "Cancel", "ivo")
    assert "You may look but not cancel: locks is for role team." in show.slack.reading(told)
    show.world.coolify.queue.thaw()
    await show.said("app runs 3f2a1b9: deployed")


async def test_docs_alone_offer_the_nearest_built_ancestor(show: Show) -> None:
    await show.type("deploy b7d0c5e")
    message = await show.said("b7d0c5e changed only files that build.yml leaves out")
    await show.press(message, "Deploy 3f2a1b9")
    await show.said("app runs 3f2a1b9: deployed")


async def test_a_build_under_way_offers_to_deploy_when_it_is_done(show: Show) -> None:
    await show.type("deploy 9c41d07")
    message = await show.said("9c41d07 is still building")
    await show.press(message, "Deploy when done")
    await show.said("Waiting to deploy 9c41d07")
    show.world.clock.skip(18 * story.MINUTE)
    await show.said("app runs 9c41d07: deployed")
    assert show.runs == "9c41d07"


async def test_a_failed_health_check_says_so_puts_back_and_offers_to_try_again(show: Show) -> None:
    await show.type("deploy e02d8aa")
    message = await show.said("a4c9e1f is back")
    told = show.slack.reading(message)
    assert "Coolify's deployment of e02d8aa ended as failed" in told
    assert "a4c9e1f is back and healthy" in told
    assert message.buttons() == ["Log", "Try again"]
    await show.press(message, "Log")
    await show.until(lambda: show.whispers("ana"))
    (told,) = map(show.slack.reading, show.whispers("ana"))
    assert "New container is not healthy, rolling back to the old container." in told
    assert "cannot connect to postgres://fiskai:***@" in told
    assert "cannot connect to postgres" not in "".join(post.text for post in show.posts())


async def test_what_could_not_be_put_back_says_what_to_do() -> None:
    async with Show(FISK_DEPLOY_WITHIN="3") as show:
        message = await _at_watch(show, "deploy e02d8aa")
        show.world.coolify.faults.queue("PATCH /api/v1/applications/*", status=500, times=9_999)
        show.world.coolify.queue.thaw()
        await show.said("could not put a4c9e1f back")
        told = show.slack.reading(message)
        assert "Coolify is set to e02d8aa: the next deploy from anywhere would ship it" in told
        assert "it still runs a4c9e1f, and it is healthy" in told
        show.world.coolify.faults.clear()
        await show.press(message, "Try to put it back")
        await show.said("app runs a4c9e1f again: rolled back")
        assert show.set_to == "a4c9e1f"


async def test_taking_a_lock_away_by_force_asks_and_then_says_so(show: Show) -> None:
    message = await _at_watch(show)
    question = await show.asked("unlock app --force", "marko")
    assert "is deploying 3f2a1b9 to app" in show.slack.reading(question)
    take, keep = question.buttons()
    assert take == "Take the lock away"
    assert re.fullmatch(r"Let d-\w+ have it", keep)
    await show.press(question, "confirm", "marko")
    await show.said("took the lock of app away")
    await show.until(lambda: "took its lock away" in show.slack.reading(message))
    assert "Nothing is under way" in await show.ask("locks")
    show.world.coolify.queue.thaw()


async def test_history_and_op_tell_what_was_done(show: Show) -> None:
    await show.type('deploy 3f2a1b9 --reason "month end"')
    await show.said("app runs 3f2a1b9: deployed")
    row = await show.ask("history app")
    found = re.search(r"(d-\w+) +\d+ s ago: .*deploy 3f2a1b9 app: done in \d+ s \(month end\)", row)
    assert found, row
    assert "Proven healthy in app, newest first: 3f2a1b9 by digest, a4c9e1f by digest" in row
    told = await show.ask(f"op {found[1]}", "ivo")
    assert 'Asked as deploy 3f2a1b9 --reason "month end"' in told.replace("`", "")
    assert "✓ prove" in told


async def test_a_deploy_asked_for_in_a_thread_is_told_there(show: Show) -> None:
    parent = await show.slack.say("marko", CHANNEL, "VAT is wrong")
    await show.slack.mention("ana", CHANNEL, "deploy 3f2a1b9 —reason “hot fix”", thread_ts=parent.ts)
    await show.said("app runs 3f2a1b9: deployed")
    assert show.posts() == []
    replies = [each for each in show.slack.workspace.replies(parent) if each.is_by_app]
    assert "app runs 3f2a1b9: deployed" in show.slack.reading(replies[0])
    assert "(hot fix)" in await show.ask("history")


async def test_where_the_bot_is_no_member_the_asker_is_told_directly(show: Show) -> None:
    await show.type("deploy 3f2a1b9", channel="#general")
    ana = show.slack.workspace.user("ana").id
    await show.until(lambda: "app runs 3f2a1b9: deployed" in show.slack.transcript(ana))
    await show.until(lambda: show.slack.find("#general", "it answers you in a direct message"))
    told = show.slack.find("#general", "`/invite @fisk`")
    assert told
    assert told.visible_to == ana


async def test_a_public_answer_in_a_channel_that_fisk_is_not_in_is_told_alike(show: Show) -> None:
    await show.type("lock app we measure", channel="#general")
    ana = show.slack.workspace.user("ana").id
    await show.until(lambda: "@ana holds app: we measure" in show.slack.transcript(ana))
    await show.until(lambda: show.slack.find("#general", "`/invite @fisk`"))
    assert [each.visible_to for each in show.slack.messages("#general") if each.is_by_app] == [ana]


async def test_a_timeline_for_one_person_is_a_file_in_their_direct_messages(show: Show) -> None:
    told = show.slack.reading(await show.asked("timeline 30m"))
    assert told.endswith("timeline.md, in your direct messages with fisk.")
    (message,) = show.slack.messages("U024BE7LH")
    text = (show.slack.files.all[message.files[0]["id"]].data or b"").decode()
    assert text.startswith("# Timeline, ")
    assert not any(post.files for post in show.posts())
