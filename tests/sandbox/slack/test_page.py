"""The page in a real browser, with a small bot behind the stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import Slack
from tests.chromium import opened, type_line
from tests.sandbox.slack.calls import REASON, button, section

STORY = [("/fisk deploy 3f2a1b9", "Deploys a built commit."), ("/fisk deploy b7d0c5e", "Changed only docs.")]

pytestmark = pytest.mark.debian("chromium")


def deploying(what: str) -> list[dict[str, Any]]:
    dialog = {
        "title": {"type": "plain_text", "text": "Cancel this deploy?"},
        "text": {"type": "mrkdwn", "text": "*app* keeps a4c9e1f."},
        "confirm": {"type": "plain_text", "text": "Cancel it"},
        "deny": {"type": "plain_text", "text": "Go on"},
    }
    pressable = [button("Cancel", "cancel", style="danger", confirm=dialog), button("Log", "log")]
    context = {"type": "context", "elements": [{"type": "mrkdwn", "text": "operation `d-7k3f`"}]}
    return [section(f"Deploying *{what}* &lt;now&gt;"), {"type": "actions", "elements": pressable}, context]


def echo_bot(slack: Slack) -> AsyncApp:
    app = AsyncApp(client=AsyncWebClient(token=slack.bot_token, base_url=slack.api_url))

    @app.command("/fisk")
    async def deploy(ack: Any, command: dict[str, str], client: AsyncWebClient) -> None:
        verb, _, what = command["text"].partition(" ")
        if verb == "rollback":
            await ack()
            await client.views_open(trigger_id=command["trigger_id"], view=REASON)
            return
        if verb != "deploy":
            await ack(f"`{verb}` is not a command.")
            return
        await ack()
        channel = command["channel_id"]
        posted = await client.chat_postMessage(channel=channel, text="Deploying", blocks=deploying(what))
        await client.chat_postMessage(channel=channel, text="gates are open", thread_ts=posted["ts"])

    @app.action("cancel")
    async def cancel(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.chat_update(
            channel=body["channel"]["id"],
            ts=body["message"]["ts"],
            text=f"Cancelled by <@{body['user']['id']}>",
        )

    @app.view("reason")
    async def roll_back(ack: Any, view: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        reason = view["state"]["values"]["reason"]["text"]["value"]
        await client.chat_postMessage(channel="#deploys", text=f"Rolling back: {reason}")

    @app.event("app_mention")
    async def mentioned(event: dict[str, str], say: Any) -> None:
        await say("all is well", thread_ts=event.get("thread_ts", event["ts"]))

    return app


@pytest.fixture
async def served() -> AsyncIterator[Slack]:
    slack = Slack(STORY)
    await slack.start()
    handler = AsyncSocketModeHandler(echo_bot(slack), slack.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await slack.until(lambda: slack.socket.connections == 1)
    yield slack
    await handler.close_async()  # type: ignore[no-untyped-call]
    await slack.stop()


async def test_a_command_is_answered_and_cancelled_through_its_dialog(served: Slack, tmp_path: Path) -> None:
    async with opened(served.url, tmp_path) as page:
        await type_line(page, "/fisk deploy 3f2a1b9")
        channel = page.get_by_role("log", name="Messages in #deploys")
        await expect(channel.get_by_text("Deploying 3f2a1b9 <now>")).to_be_visible()

        await channel.get_by_role("button", name="Cancel").click()
        dialog = page.get_by_role("dialog", name="Cancel this deploy?")
        await dialog.get_by_role("button", name="Go on").click()
        await expect(dialog).to_be_hidden()
        assert served.find("#deploys", "Cancelled") is None

        await channel.get_by_role("button", name="Cancel").click()
        await dialog.get_by_role("button", name="Cancel it").click()
        await expect(channel.get_by_text("Cancelled by @ana (edited)")).to_be_visible()


async def test_a_thread_has_its_replies_and_a_composer_of_its_own(served: Slack, tmp_path: Path) -> None:
    async with opened(served.url, tmp_path) as page:
        await type_line(page, "/fisk deploy 3f2a1b9")
        await page.get_by_role("button", name="1 reply").click()
        thread = page.get_by_role("complementary", name="Thread")
        await expect(thread.get_by_text("gates are open")).to_be_visible()

        await type_line(page, "@fisk status", "Reply in thread")
        await expect(thread.get_by_text("all is well")).to_be_visible()
        await expect(page.get_by_role("button", name="3 replies")).to_be_visible()


async def test_what_others_do_appears_without_a_reload(served: Slack, tmp_path: Path) -> None:
    async with opened(served.url, tmp_path) as page:
        await expect(page.get_by_text("Nothing was said here yet")).to_be_visible()
        await served.command("marko", "#deploys", "/fisk", "deploy 9c41d07")
        await expect(page.get_by_text("Deploying 9c41d07")).to_be_visible()
        await expect(page.get_by_text("/fisk deploy 9c41d07")).to_be_hidden()

        await served.say("marko", "#incidents", "it burns")
        await page.get_by_role("button", name="incidents").click()
        await expect(page.get_by_text("it burns")).to_be_visible()


async def test_a_whisper_is_for_one_person(served: Slack, tmp_path: Path) -> None:
    async with opened(served.url, tmp_path) as page:
        await type_line(page, "/fisk deploi")
        await expect(page.get_by_text("Only visible to you")).to_be_visible()
        await page.get_by_role("combobox", name="You are").select_option("Marko (deployer)")
        await expect(page.get_by_text("Only visible to you")).to_be_hidden()


async def test_a_press_that_nobody_answers_says_so(served: Slack, tmp_path: Path) -> None:
    served.socket.ack_within = 0.1
    async with opened(served.url, tmp_path) as page:
        await type_line(page, "/fisk deploy 3f2a1b9")
        await page.get_by_role("button", name="Log").click()
        await expect(page.get_by_role("status")).to_have_text("Log: the app did not answer within 3 seconds.")


async def test_a_modal_is_filled_in_and_submitted(served: Slack, tmp_path: Path) -> None:
    async with opened(served.url, tmp_path) as page:
        await type_line(page, "/fisk rollback")
        modal = page.get_by_role("dialog", name="Why go back?")
        await modal.get_by_label("Reason").fill("VAT is wrong")
        await modal.get_by_role("button", name="Roll back").click()
        await expect(modal).to_be_hidden()
        await expect(page.get_by_text("Rolling back: VAT is wrong")).to_be_visible()


def plan(status: str) -> list[dict[str, Any]]:
    said = [{"type": "text", "text": "by *Ana*"}, {"type": "text", "text": "docs", "style": {"code": True}}]
    rich = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": said}]}
    tasks = [
        {"type": "task_card", "task_id": "a", "title": "resolve", "status": "complete", "details": rich},
        {"type": "task_card", "task_id": "b", "title": "prove", "status": status, "output": rich},
    ]
    return [section("Deploying"), {"type": "plan", "title": "Step 2 of 2", "tasks": tasks}]


async def test_a_plan_is_folded_once_it_is_over_and_unfolds_by_click_and_by_key(
    served: Slack, tmp_path: Path
) -> None:
    client = AsyncWebClient(token=served.bot_token, base_url=served.api_url)
    posted = await client.chat_postMessage(channel="C0DEPLOYS", text="x", blocks=plan("in_progress"))
    async with opened(served.url, tmp_path) as page:
        shown, said = page.get_by_text("Step 2 of 2"), page.get_by_text("by *Ana*docs")
        await expect(said.first).to_be_visible()
        await expect(page.get_by_role("img", name="in progress")).to_have_text("●")
        await client.chat_update(channel="C0DEPLOYS", ts=posted["ts"], text="x", blocks=plan("error"))
        await expect(said.first).to_be_hidden()
        await shown.click()
        await expect(page.get_by_role("img", name="error")).to_have_text("✗")
        await shown.press("Enter")
        await expect(said.first).to_be_hidden()


async def test_a_shared_file_is_a_link(served: Slack, tmp_path: Path) -> None:
    client = AsyncWebClient(token=served.bot_token, base_url=served.api_url)
    shared = await client.files_upload_v2(filename="a.txt", title="The log", content="x", channel="C0DEPLOYS")
    async with opened(served.url, tmp_path) as page:
        link = page.get_by_role("link", name="The log")
        await expect(link).to_have_attribute("href", shared["file"]["permalink"])


async def test_typed_markup_stays_text(served: Slack, tmp_path: Path) -> None:
    async with opened(served.url, tmp_path) as page:
        await type_line(page, "<img src=x onerror=alert(1)> *bold* javascript:alert(1)")
        await expect(page.get_by_text("<img src=x onerror=alert(1)> bold")).to_be_visible()
        assert await page.locator("article img, article a").count() == 0


async def test_the_story_fills_the_composer_and_the_up_arrow_recalls(served: Slack, tmp_path: Path) -> None:
    async with opened(served.url, tmp_path) as page:
        box = page.get_by_role("textbox", name="Message #deploys")
        await page.get_by_role("button", name="/fisk deploy b7d0c5e").click()
        await expect(box).to_have_value("/fisk deploy b7d0c5e")
        await box.press("Enter")
        await expect(box).to_have_value("")
        await box.press("ArrowUp")
        await expect(box).to_have_value("/fisk deploy b7d0c5e")


async def test_a_phone_shows_one_thing_at_a_time(served: Slack, tmp_path: Path) -> None:
    async with opened(served.url, tmp_path, 390, 844) as page:
        await expect(page.get_by_role("button", name="incidents")).to_be_hidden()
        await page.get_by_role("button", name="Channels").click()
        await page.get_by_role("button", name="incidents").click()
        await type_line(page, "/fisk deploy 3f2a1b9", "Message #incidents")
        await page.get_by_role("button", name="1 reply").click()
        await expect(page.get_by_text("gates are open")).to_be_in_viewport()
        await page.get_by_role("button", name="Close thread").click()
        await expect(page.get_by_role("button", name="Cancel")).to_be_in_viewport()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
