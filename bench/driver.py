"""A Slack that only drives: tickets, `auth.test`, commands kept in flight, and the count of their acks.

It prepares what it sends and checks what it got outside the measured time, so that it waits for the bots.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bench.websocket import Connection, framed, unmasked
from sandbox.slack.cast import APP, BOT, FISK, TEAM, Channel, User
from sandbox.slack.payloads import slash_command

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BOT_TOKEN = "xoxb-bench"
APP_TOKEN = "xapp-1-bench"
ANA = User("U024BE7LH", "ana", "Ana")
DEPLOYS = Channel("C0DEPLOYS", "deploys")
SETTLED_WITHIN = 60.0  # seconds
HELLO = json.dumps({"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}}).encode()

numbers = itertools.count(1)


@dataclass(slots=True)
class Round:
    """One run: what is left to send, the acks as they came, and the answers that came later."""

    frames: list[bytes]
    wanted: int
    acks: list[tuple[bytes, bytes]] = field(default_factory=list)
    answers: int = 0
    acked: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)


class Driver:
    """Socket Mode, for one bot at a time."""

    def __init__(self) -> None:
        self.connections: list[Connection] = []
        self.url = ""
        self._round = Round([], 0)
        self._socket_url = ""
        self._came = asyncio.Event()

    # --- what a bot needs

    @property
    def environment(self) -> dict[str, str]:
        return {
            "FISK_SLACK_BOT_TOKEN": BOT_TOKEN,
            "FISK_SLACK_APP_TOKEN": APP_TOKEN,
            "FISK_SLACK_API_URL": f"{self.url}/api/",
        }

    async def start(self, stack: AsyncExitStack) -> None:
        """Serve the Web API and the sockets until the stack is closed."""
        loop = asyncio.get_running_loop()
        sockets = await loop.create_server(
            lambda: Connection(self._opened, self._received, self._lost), "127.0.0.1", 0
        )
        stack.callback(sockets.close)
        self._socket_url = f"ws://127.0.0.1:{sockets.sockets[0].getsockname()[1]}/"
        site = web.Application()
        site.add_routes([web.post("/api/{method}", self._api), web.post("/answer", self._answer)])
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def _api(self, request: web.Request) -> web.Response:
        answers = {
            "auth.test": {"team_id": TEAM, "user_id": FISK.id, "bot_id": BOT},
            "apps.connections.open": {"url": self._socket_url},
        }
        return web.json_response({"ok": True, **answers.get(request.match_info["method"], {})})

    async def _answer(self, _request: web.Request) -> web.Response:
        self._round.answers += 1
        if self._round.answers >= self._round.wanted:
            self._round.answered.set()
        return web.Response(text="ok")

    # --- connections

    def _opened(self, connection: Connection) -> None:
        connection.send(framed(HELLO))
        self.connections.append(connection)
        self._came.set()

    def _lost(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)

    async def connected(self, count: int) -> None:
        """Wait until so many connections are open."""
        while len(self.connections) < count:
            self._came.clear()
            await self._came.wait()

    # --- commands

    def payload(self, text: str) -> dict[str, Any]:
        """A slash command by somebody of the workspace, answered at this driver."""
        trigger = f"{next(numbers)}.{time.time_ns()}.bench"
        return slash_command(ANA, DEPLOYS, "/fisk", text, trigger=trigger, response_url=f"{self.url}/answer")

    async def pump(self, text: str, count: int, in_flight: int, *, answers: bool = False) -> float:
        """Send a command so many times, some in flight at every moment; how many a second were acknowledged.

        With `answers` it ends only when all have been answered at their response_url, too.
        """
        ids = [f"{number:08}-bench" for number in range(count)]
        self._round = current = Round([self._frame(each, text) for each in reversed(ids)], count)
        begun = time.perf_counter()
        for _, connection in zip(range(in_flight), itertools.cycle(self.connections), strict=False):
            if current.frames:
                connection.send(current.frames.pop())
        async with asyncio.timeout(SETTLED_WITHIN):
            await current.acked.wait()
            if answers:
                await current.answered.wait()
        took = time.perf_counter() - begun
        acked = Counter(json.loads(unmasked(*ack))["envelope_id"] for ack in current.acks)
        assert acked == Counter(ids), "each command is acknowledged once"
        return count / took

    def expect_answers(self, count: int) -> None:
        """Begin to count the answers that come to the response_url."""
        self._round = Round([], count)

    async def answered(self) -> None:
        """Wait until all that are expected have come."""
        async with asyncio.timeout(SETTLED_WITHIN):
            await self._round.answered.wait()

    async def first(self, text: str) -> None:
        """Send a command, again and again, until it is taken without a word against it."""
        await self.connected(1)
        while True:
            await self.pump(text, 1, 1)
            ack = json.loads(unmasked(*self._round.acks[0]))
            if not ack.get("payload"):
                return

    def _frame(self, envelope: str, text: str) -> bytes:
        message = {
            "envelope_id": envelope,
            "type": "slash_commands",
            "payload": self.payload(text),
            "accepts_response_payload": True,
        }
        return framed(json.dumps(message).encode())

    def _received(self, connection: Connection, mask: bytes, payload: bytes) -> None:
        current = self._round
        current.acks.append((mask, payload))
        if current.frames:
            connection.send(current.frames.pop())
        elif len(current.acks) >= current.wanted:
            current.acked.set()


@asynccontextmanager
async def driving() -> AsyncIterator[Driver]:
    """A driver that serves until the end of the block."""
    async with AsyncExitStack() as stack:
        driver = Driver()
        await driver.start(stack)
        yield driver
