"""The web page that simulates Slack's client: static files, one person's view, and their actions."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from sandbox.slack.cast import FISK, SLACKBOT
from sandbox.slack.errors import SlackError
from sandbox.slack.message import Json, Message, pressable_by_id
from sandbox.slack.mrkdwn import EMOJI
from sandbox.slack.workspace import Change, Typed

if TYPE_CHECKING:
    from sandbox.slack.cast import Channel, User
    from sandbox.slack.inbound import Inbound
    from sandbox.slack.receipt import Receipt
    from sandbox.slack.workspace import Workspace

    Act = Callable[[User, Json], Awaitable[Receipt | None]]

FILES = Path(__file__).parent / "page"
KEEP_ALIVE = 15.0
POLICY = "default-src 'self'; img-src 'self' https: data:; frame-ancestors 'none'; base-uri 'none'"


@dataclass(frozen=True, slots=True)
class Control:
    """A button for an event outside Slack; `act` triggers it and returns a message to show.

    Where it is a switch, `on` says whether it is on, and `undo` is then its label, unless that is the same. `system` is
    what it changes.
    """

    name: str
    label: str
    act: Callable[[], Awaitable[str]]
    on: Callable[[], bool] | None = None
    undo: str = ""
    system: str = ""

    def as_json(self) -> Json:
        """`on` is null where it is no switch."""
        on = self.on() if self.on else None
        label = (self.undo or self.label) if on else self.label
        return {
            "name": self.name,
            "label": label,
            "system": self.system,
            "on": on,
            "renamed": bool(self.undo),
        }


class Beside(Protocol):
    """What is shown beside the chat: it changes by itself, and then tells the workspace `outside`."""

    @property
    def controls(self) -> Sequence[Control]: ...

    def as_json(self) -> Json: ...


class Page:
    """Serves / and /page/…; actions are sent to the app as real payloads.

    Attributes:
        ready: cleared while there is no app that would hear what somebody types: the page shows nothing until then.
    """

    def __init__(
        self,
        workspace: Workspace,
        inbound: Inbound,
        story: Sequence[tuple[str, str]],
        controls: Sequence[Control] = (),
    ) -> None:
        self._workspace = workspace
        self._inbound = inbound
        self._story = story
        self._controls = list(controls)
        self._beside: Beside | None = None
        self.ready = asyncio.Event()
        self.ready.set()

    def show(self, beside: Beside) -> None:
        """Show it beside the chat, with its controls."""
        self._beside = beside
        self._controls += beside.controls

    def install(self, app: web.Application) -> None:
        app.router.add_get("/", self._index)
        app.router.add_static("/page/files/", FILES)
        app.router.add_get("/page/state", self._state)
        app.router.add_get("/page/stream", self._stream)
        for name, act in {
            "say": self._say,
            "press": self._press,
            "shortcut": self._shortcut,
            "submit": self._submit,
            "dismiss": self._dismiss,
            "home": self._open_home,
        }.items():
            app.router.add_post(f"/page/{name}", self._acting(act))
        app.router.add_post("/page/control", self._control)
        app.router.add_post("/page/begin", self._begin)
        app.on_shutdown.append(self._shut)

    async def _index(self, _request: web.Request) -> web.StreamResponse:
        return web.FileResponse(FILES / "index.html", headers={"Content-Security-Policy": POLICY})

    async def _state(self, request: web.Request) -> web.Response:
        me = self._workspace.user(request.query["as"])
        await self.ready.wait()
        return web.json_response(self.state(me))

    def state(self, me: User) -> Json:
        """The whole view of one person, as JSON."""
        space = self._workspace
        direct = space.direct(me.id)
        seen = [m for c in space.channels.values() if _sees(me, c) for m in space.messages(c.id, me.id)]
        return {
            "team": space.name,
            "bot": FISK.id,
            "users": [{"id": u.id, "title": u.title, **_author(u)} for u in space.users.values()],
            "people": [u.id for u in space.users.values() if not u.is_bot and u.id != SLACKBOT],
            "groups": {group.id: group.handle for group in space.groups.values()},
            "channels": [
                {"id": c.id, "name": c.name, "topic": c.topic} for c in space.channels.values() if not c.is_im
            ],
            "direct": direct.id,
            "messages": [message_json(message) for message in seen],
            "typed": [_typed(entry) for entry in space.typed if entry.user == me.id],
            **self._views(me),
            "shortcuts": list(self._inbound.shortcuts),
            "emoji": dict(EMOJI),
            "story": [{"line": line, "does": does} for line, does in self._story],
            **self.outside(),
        }

    def outside(self) -> Json:
        """What is so outside Slack; `beside` is null where only Slack is shown."""
        controls = [control.as_json() for control in self._controls]
        return {"controls": controls, "beside": self._beside.as_json() if self._beside else None}

    def _views(self, me: User) -> Json:
        """Their open modal and their Home tab; null where there is none."""
        views = self._workspace.views
        stack, home = views.modals.get(me.id), views.homes.get(me.id)
        return {"modal": stack[-1].as_slack() if stack else None, "home": home.as_slack() if home else None}

    async def _control(self, request: web.Request) -> web.Response:
        """Trigger a control. Requires JSON from the same origin, as actions do."""
        if request.content_type != "application/json":
            return web.json_response({"error": "not_json"}, status=415)
        name = (await request.json())["name"]
        control = next((each for each in self._controls if each.name == name), None)
        if control is None:
            return web.json_response({"error": "unknown_control"})
        try:
            told = {"body": await control.act()}
        except (TimeoutError, RuntimeError):
            told = {"error": f"“{control.label}” has not come to its end yet: look at the state."}
        self._workspace.tell("outside", None)
        return web.json_response(told)

    async def _begin(self, request: web.Request) -> web.Response:
        """Begin what begins with a person's first action, as a terminal does that is no part of Slack."""
        if request.content_type != "application/json":
            return web.json_response({"error": "not_json"}, status=415)
        await self._inbound.before()
        return web.json_response({})

    # changes

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        me = self._workspace.user(request.query["as"])
        response = web.StreamResponse(headers={"Cache-Control": "no-store"})
        response.content_type = "text/event-stream"
        await response.prepare(request)
        with self._workspace.watch() as changes, contextlib.suppress(ConnectionResetError):
            await response.write(b"event: ready\ndata: {}\n\n")
            while (change := await _next(changes)) is None or change.kind != "closing":
                await response.write(self._event(me, change))
        return response

    def _event(self, me: User, change: Change | None) -> bytes:
        """One server-sent event; a comment where nothing happened that this person sees."""
        kind, told_ = self._visible(me, change)
        return f"event: {kind}\ndata: {json.dumps(told_)}\n\n".encode() if kind else b": nothing\n\n"

    def _visible(self, me: User, change: Change | None) -> tuple[str, Json | None]:
        what = change.what if change else None
        if change is None:
            return "", None
        if isinstance(what, Message) and what.visible_to in ("", me.id) and self._in(me, what.channel):
            return ("deleted" if change.kind == "deleted" else "message"), message_json(what)
        if isinstance(what, Typed) and what.user == me.id:
            return "typed", _typed(what)
        if change.kind == "view" and what == me.id:
            return "views", self._views(me)
        if change.kind == "outside":
            return "outside", self.outside()
        return "", None

    def _in(self, me: User, channel: str) -> bool:
        return _sees(me, self._workspace.channels[channel])

    async def _shut(self, _app: web.Application) -> None:
        self._workspace.tell("closing", None)

    # actions

    def _acting(self, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handler(request: web.Request) -> web.Response:
            """Accepts JSON only, which another origin cannot send without a CORS preflight."""
            if request.content_type != "application/json":
                return web.json_response({"error": "not_json"}, status=415)
            body = await request.json()
            try:
                receipt = await act(self._workspace.user(body["user"]), body)
            except (SlackError, LookupError) as refused:
                return web.json_response({"error": str(refused)})
            shown = receipt.body if receipt else None
            return web.json_response({"error": receipt.error if receipt else "", "body": shown})

        return handler

    async def _say(self, me: User, body: Json) -> Receipt | None:
        channel = self._workspace.channel(body["channel"])
        text, thread = body["text"].strip(), body.get("thread_ts", "")
        if text.startswith("/"):
            name, _, rest = text.partition(" ")
            return await self._inbound.command(me, channel, name, rest.strip(), thread_ts=thread)
        await self._inbound.say(me, channel, text, thread_ts=thread)
        return None

    async def _press(self, me: User, body: Json) -> Receipt:
        option = body.get("option", "")
        if "view" in body:
            view = self._workspace.views.find(body["view"])
            view.fill(body.get("values", {}))
            block, element = pressable_by_id(view.content["blocks"], body["block_id"], body["action_id"])
            return await self._inbound.act_in_view(me, view, block, element, option)
        message = self._workspace.find(body["channel"], body["ts"])
        block, element = pressable_by_id(message.blocks, body["block_id"], body["action_id"])
        return await self._inbound.act(me, message, block, element, option)

    async def _shortcut(self, me: User, body: Json) -> Receipt:
        if "ts" not in body:
            return await self._inbound.shortcut(me, body["callback_id"])
        message = self._workspace.find(body["channel"], body["ts"])
        return await self._inbound.message_shortcut(me, message, body["callback_id"])

    async def _submit(self, me: User, body: Json) -> Receipt:
        return await self._inbound.submit(me, self._workspace.views.find(body["view"]), body["values"])

    async def _dismiss(self, me: User, body: Json) -> None:
        await self._inbound.dismiss(me, self._workspace.views.find(body["view"]))

    async def _open_home(self, me: User, _body: Json) -> Receipt:
        return await self._inbound.open_home(me)


async def _next(changes: asyncio.Queue[Change]) -> Change | None:
    """The next change; None after a timeout, so that a closed page is noticed."""
    try:
        return await asyncio.wait_for(changes.get(), KEEP_ALIVE)
    except TimeoutError:
        return None


def _sees(me: User, channel: Channel) -> bool:
    return not channel.is_im or me.id in channel.members


def _author(user: User) -> Json:
    return {"name": user.name, "shown": user.name if user.is_bot else user.real_name, "is_bot": user.is_bot}


def message_json(message: Message) -> Json:
    return message.as_slack() | {
        "channel": message.channel,
        "visible_to": message.visible_to,
        "by_command": message.by_command,
        "version": len(message.versions),
    }


def _typed(entry: Typed) -> Json:
    return {"ts": entry.ts, "channel": entry.channel, "user": entry.user, "text": entry.text}
