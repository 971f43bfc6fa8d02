"""Raw calls of the stand-in, as any HTTP client would make them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import aiohttp

    from sandbox.slack import Slack

REASON: dict[str, Any] = {
    "type": "modal",
    "callback_id": "reason",
    "title": {"type": "plain_text", "text": "Why go back?"},
    "submit": {"type": "plain_text", "text": "Roll back"},
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": {"type": "plain_text", "text": "Reason"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


async def call(http: aiohttp.ClientSession, slack: Slack, method: str, **arguments: Any) -> dict[str, Any]:
    """With the bot's token, or with the one given as `token`; the answer's JSON."""
    token = arguments.pop("token", slack.bot_token)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with http.post(f"{slack.api_url}{method}", json=arguments, headers=headers) as answer:
        return dict(await answer.json())


async def respond(http: aiohttp.ClientSession, url: str, **body: Any) -> tuple[int, str]:
    async with http.post(url, json=body) as answer:
        return answer.status, await answer.text()


def button(label: str, action_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": label}, **more}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}
