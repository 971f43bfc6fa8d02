"""response_url: five answers within thirty minutes."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.slack import arguments as encodings, chat
from sandbox.slack.arguments import Arguments
from sandbox.slack.cast import FISK
from sandbox.slack.errors import SlackError
from sandbox.slack.workspace import Call, Workspace

if TYPE_CHECKING:
    from sandbox.slack.message import Json, Message

MOST_USES = 5
LIVES = 30 * 60


@dataclass
class Origin:
    """Where an answer goes: the user who acted, and the message `ts`, if any."""

    channel: str
    user: str
    issued: float
    ts: str = ""
    uses: int = 0
    command: str = ""


class ResponseUrls:
    """Creates the URLs and handles what is posted to them."""

    def __init__(self, workspace: Workspace, base: Callable[[], str]) -> None:
        self._workspace = workspace
        self._base = base
        self._origins: dict[str, Origin] = {}

    def install(self, app: web.Application) -> None:
        app.router.add_post("/response/{key}", self.answer)

    def issue(self, channel: str, user: str, ts: str = "", command: str = "") -> tuple[str, Origin]:
        key = secrets.token_hex(16)
        origin = Origin(channel, user, self._workspace.now(), ts, command=command)
        self._origins[key] = origin
        return f"{self._base()}response/{key}", origin

    async def answer(self, request: web.Request) -> web.Response:
        arguments = Arguments()
        try:
            arguments = await encodings.read(request)
            self._use(self._origins.get(request.match_info["key"]), arguments)
        except SlackError as refused:
            self._write_down(arguments, refused.code)
            status = 404 if refused.code in ("expired_url", "used_url") else 400
            return web.json_response(refused.answer(), status=status)
        self._write_down(arguments)
        return web.Response(text="ok")

    def _use(self, origin: Origin | None, arguments: Arguments) -> None:
        if origin is None or self._workspace.now() - origin.issued > LIVES:
            raise SlackError("expired_url")
        if origin.uses >= MOST_USES:
            raise SlackError("used_url")
        self.show(origin, arguments)
        origin.uses += 1

    def _write_down(self, arguments: Arguments, error: str = "") -> None:
        self._workspace.calls.append(Call(self._workspace.now(), "response_url", dict(arguments), error))

    def show(self, origin: Origin, arguments: Arguments) -> None:
        """Apply an answer: delete or replace the original message, or post a new one."""
        if arguments.flag("delete_original"):
            self._workspace.delete(self._workspace.find(origin.channel, origin.ts))
            return
        text, blocks = chat.content(self._workspace, arguments, chat.LONGEST_POST)
        if arguments.flag("replace_original") and origin.ts:
            self._workspace.edit(self._workspace.find(origin.channel, origin.ts), text, blocks or [])
            return
        posted = self._say(origin, text, blocks, arguments)
        origin.ts = origin.ts or posted.ts

    def _say(self, origin: Origin, text: str, blocks: list[Json] | None, arguments: Arguments) -> Message:
        in_channel = arguments.text("response_type") == "in_channel"
        return self._workspace.post(
            origin.channel,
            FISK.id,
            text,
            blocks,
            thread_ts=arguments.text("thread_ts"),
            visible_to="" if in_channel else origin.user,
            by_command=origin.command if in_channel else "",
        )
