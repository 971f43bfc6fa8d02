"""A minimal Slack for load tests: tickets, `auth.test`, commands in flight, and counts of their acks.

It builds messages and checks acks outside the measured time, so that the bots are the bottleneck. Its
WebSockets have aiohttp's defaults, as the stand-in's: a client that offers permessage-deflate gets it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.slack.cast import APP, BOT, FISK, TEAM, Channel, User
from sandbox.slack.payloads import slash_command

BOT_TOKEN = "xoxb-bench"
APP_TOKEN = "xapp-1-bench"
ANA = User("U024BE7LH", "ana", "Ana")
DEPLOYS = Channel("C0DEPLOYS", "deploys")
SETTLED_WITHIN = 60.0  # seconds
HELLO = json.dumps({"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}})

numbers = itertools.count(1)


@dataclass(slots=True)
class Round:
    """One run: envelopes left to send, acks in order of arrival, and the number of answers."""

    envelopes: list[str]
    wanted: int
    acks: list[str] = field(default_factory=list)
    answers: int = 0
    acked: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)


class Driver:
    """A Socket Mode server for one bot."""

    def __init__(self) -> None:
        self.connections: list[web.WebSocketResponse] = []
        self.url = ""
        self._round = Round([], 0)
        self._came = asyncio.Event()

    # --- the bot's settings and server

    @property
    def environment(self) -> dict[str, str]:
        return {
            "FISK_SLACK_BOT_TOKEN": BOT_TOKEN,
            "FISK_SLACK_APP_TOKEN": APP_TOKEN,
            "FISK_SLACK_API_URL": f"{self.url}/api/",
            "FISK_LINES_PER_MINUTE": "0",  # one person types all
        }

    async def start(self, stack: AsyncExitStack) -> None:
        """Serve the Web API and the sockets until the stack is closed."""
        site = web.Application()
        site.add_routes(
            [
                web.route("*", "/api/{method}", self._api),
                web.post("/answer", self._answer),
                web.get("/socket", self._socket),
            ]
        )
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def _api(self, request: web.Request) -> web.Response:
        answers: dict[str, dict[str, Any]] = {
            "auth.test": {"team_id": TEAM, "user_id": FISK.id, "bot_id": BOT},
            "apps.connections.open": {"url": f"{self.url.replace('http', 'ws', 1)}/socket"},
            "users.conversations": {"channels": []},
        }
        return web.json_response({"ok": True, **answers.get(request.match_info["method"], {})})

    async def _answer(self, _request: web.Request) -> web.Response:
        self._round.answers += 1
        if self._round.answers >= self._round.wanted:
            self._round.answered.set()
        return web.Response(text="ok")

    # --- connections

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(HELLO)
        self.connections.append(socket)
        self._came.set()
        try:
            async for message in socket:
                await self._received(socket, message.data)
        finally:
            self.connections.remove(socket)
        return socket

    async def connected(self, count: int) -> None:
        """Wait until `count` connections are open."""
        while len(self.connections) < count:
            self._came.clear()
            await self._came.wait()

    # --- commands

    def payload(self, text: str) -> dict[str, Any]:
        """A slash command by a user of the workspace, with this driver's response_url."""
        trigger = f"{next(numbers)}.{time.time_ns()}.bench"
        return slash_command(ANA, DEPLOYS, "/fisk", text, trigger=trigger, response_url=f"{self.url}/answer")

    async def pump(self, text: str, count: int, in_flight: int, *, answers: bool = False) -> float:
        """Send a command `count` times, keeping `in_flight` unacknowledged; return acks per second.

        With `answers`, wait for all answers at the response_url, too.
        """
        ids = [f"{number:08}-bench" for number in range(count)]
        self._round = current = Round([self._envelope(each, text) for each in reversed(ids)], count)
        begun = time.perf_counter()
        for _, socket in zip(range(in_flight), itertools.cycle(self.connections), strict=False):
            if current.envelopes:
                await socket.send_str(current.envelopes.pop())
        async with asyncio.timeout(SETTLED_WITHIN):
            await current.acked.wait()
            if answers:
                await current.answered.wait()
        took = time.perf_counter() - begun
        acked = Counter(json.loads(ack)["envelope_id"] for ack in current.acks)
        assert acked == Counter(ids), "each command is acknowledged once"
        return count / took

    def expect_answers(self, count: int) -> None:
        """Start counting answers at the response_url."""
        self._round = Round([], count)

    async def answered(self) -> None:
        """Wait for all expected answers."""
        async with asyncio.timeout(SETTLED_WITHIN):
            await self._round.answered.wait()

    async def first(self, text: str) -> None:
        """Send a command repeatedly until its ack has no error message."""
        await self.connected(1)
        while True:
            await self.pump(text, 1, 1)
            ack = json.loads(self._round.acks[0])
            if not ack.get("payload"):
                return

    def _envelope(self, envelope: str, text: str) -> str:
        message = {
            "envelope_id": envelope,
            "type": "slash_commands",
            "payload": self.payload(text),
            "accepts_response_payload": True,
        }
        return json.dumps(message)

    async def _received(self, socket: web.WebSocketResponse, ack: str) -> None:
        current = self._round
        current.acks.append(ack)
        if current.envelopes:
            await socket.send_str(current.envelopes.pop())
        elif len(current.acks) >= current.wanted:
            current.acked.set()


@asynccontextmanager
async def driving() -> AsyncIterator[Driver]:
    """A driver that serves until the end of the block."""
    async with AsyncExitStack() as stack:
        driver = Driver()
        await driver.start(stack)
        yield driver
