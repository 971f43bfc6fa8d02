"""Modals and Home tabs, opened and submitted through Slack's own library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.slack.calls import REASON, call

if TYPE_CHECKING:
    import aiohttp

    from sandbox.slack import Slack


@pytest.fixture
async def asking_bot(slack: Slack) -> AsyncIterator[list[str]]:
    """It asks for a reason in a modal, refuses an empty one, and keeps the others."""
    app = AsyncApp(client=AsyncWebClient(token=slack.bot_token, base_url=slack.api_url))
    reasons: list[str] = []

    @app.command("/fisk")
    async def ask(ack: Any, command: dict[str, str], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=REASON)

    @app.view("reason")
    async def keep(ack: Any, view: dict[str, Any]) -> None:
        reason = view["state"]["values"]["reason"]["text"]["value"]
        if not reason:
            await ack(response_action="errors", errors={"reason": "Say why."})
            return
        reasons.append(reason)
        await ack()

    handler = AsyncSocketModeHandler(app, slack.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await slack.until(lambda: slack.socket.connections == 1)
    yield reasons
    await handler.close_async()  # type: ignore[no-untyped-call]


def filled(reason: str) -> dict[str, Any]:
    return {"reason": {"text": {"type": "plain_text_input", "value": reason}}}


async def test_a_modal_stays_open_until_its_answer_is_good(slack: Slack, asking_bot: list[str]) -> None:
    await slack.command("ana", "#deploys", "/fisk", "rollback")
    await slack.until(lambda: slack.workspace.views.modals.get("U024BE7LH"))

    refused = await slack.submit("ana", filled(""))
    assert refused.body == {"response_action": "errors", "errors": {"reason": "Say why."}}
    assert slack.modal("ana").content["callback_id"] == "reason"

    assert (await slack.submit("ana", filled("VAT is wrong"))).error == ""
    assert asking_bot == ["VAT is wrong"]
    with pytest.raises(LookupError):
        slack.modal("ana")


async def test_a_trigger_opens_one_modal_within_three_seconds(
    http: aiohttp.ClientSession, slack: Slack
) -> None:
    trigger = slack.workspace.views.trigger("U024BE7LH")
    late = slack.workspace.views.trigger("U024BE7LH")
    codes = [(await call(http, slack, "views.open", trigger_id=trigger, view=REASON)).get("error")]
    codes += [(await call(http, slack, "views.open", trigger_id=trigger, view=REASON)).get("error")]
    now = slack.workspace.now()
    slack.workspace.clock = lambda: now + 3.1
    codes += [(await call(http, slack, "views.open", trigger_id=late, view=REASON)).get("error")]
    assert codes == [None, "exchanged_trigger_id", "expired_trigger_id"]


async def test_a_home_tab_is_published_and_published_again(http: aiohttp.ClientSession, slack: Slack) -> None:
    for kind in ("divider", "divider"):
        view = {"type": "home", "blocks": [{"type": kind}]}
        await call(http, slack, "views.publish", user_id="U024BE7LH", view=view)
    home = slack.home("ana")
    assert home is not None
    assert [block["type"] for block in home.content["blocks"]] == ["divider"]


async def test_an_update_of_an_older_view_is_a_conflict(http: aiohttp.ClientSession, slack: Slack) -> None:
    trigger = slack.workspace.views.trigger("U024BE7LH")
    opened = await call(http, slack, "views.open", trigger_id=trigger, view=REASON)
    update = {"view_id": opened["view"]["id"], "view": REASON, "hash": opened["view"]["hash"]}
    answers = [(await call(http, slack, "views.update", **update)).get("error") for _ in range(2)]
    assert answers == [None, "hash_conflict"]
