"""What `fisk init` asks for Slack: the app and its tokens, who may deploy, and where fisk speaks."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from bot.cli.main import show
from bot.cli.pages import SLACK_APPS
from bot.cli.prompts import answered, ask, ask_secret
from bot.slack.budget import Budget
from bot.slack.client import slack_client
from bot.slack.manifest import manifest
from bot.slack.speaker import Speaker
from deploy.core import errors

if TYPE_CHECKING:
    from bot.app.settings import Settings
    from bot.cli.init_files import Values

T = TypeVar("T")
APP = (
    "\nThe Slack app: open this address, which has the manifest in it, press Create, then Install to Workspace."
    " (Or {apps}, From a manifest: `fisk manifest` prints it.)\n{address}\n"
)
BOT = "The bot's token: OAuth & Permissions, Bot User OAuth Token (xoxb-…)."
SOCKET = (
    "The app-level token: Basic Information, App-Level Tokens, Generate, with connections:write (xapp-…)."
)
MEMBER = "\nWho may deploy: a Slack user id (in Slack: their profile, ⋮, Copy member ID)"
ANNOUNCE = "\nChannel that hears every outcome: its id (at the end of its details; Enter: none)"


async def ask_slack(values: Values) -> None:
    """The tokens, each tried."""
    show(APP.format(apps=SLACK_APPS, address=new_app(values.settings())))
    await _token(values, BOT, "FISK_SLACK_BOT_TOKEN", lambda speaker, _: speaker.team())
    if not values.get("FISK_SLACK_SIGNING_SECRET"):
        await _token(
            values, SOCKET, "FISK_SLACK_APP_TOKEN", lambda speaker, token: speaker.socket_address(token)
        )


def new_app(settings: Settings) -> str:
    """The page that makes an app of the manifest."""
    text = json.dumps(manifest(settings), separators=(",", ":"))
    return f"{SLACK_APPS}?new_app=1&manifest_json={quote(text, safe='')}"


async def _token(
    values: Values, where: str, name: str, tried: Callable[[Speaker, str], Awaitable[object]]
) -> None:
    def asked() -> str:
        show(where)
        values.set(name, ask_secret(name, values.get(name)))
        return values.get(name)

    await answered(asked, lambda token: _told(values, lambda speaker: tried(speaker, token)))


async def ask_member(values: Values) -> str:
    """The id of somebody who belongs to the workspace."""

    async def tried(user: str) -> str:
        if not await _told(values, lambda speaker: speaker.is_member(user)):
            raise errors.NotThere(system="Slack", what=f"member {user}")
        return user

    return await answered(lambda: ask(MEMBER), tried)


async def ask_announce(values: Values) -> str:
    """The id of a channel in which fisk may speak, or nothing."""

    async def tried(channel: str) -> str:
        if channel and not await _told(values, lambda speaker: speaker.may_post(channel)):
            raise errors.CannotSpeak(system="Slack", channels=channel)
        return channel

    return await answered(lambda: ask(ANNOUNCE, optional=True), tried)


async def _told(values: Values, question: Callable[[Speaker], Awaitable[T]]) -> T:
    async with slack_client(values.settings()) as client:
        return await question(Speaker(client, Budget()))
