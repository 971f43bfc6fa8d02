"""Whoever opens connections and says nothing, or too slowly, keeps nobody else from being answered."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from bot.app import bodies
from bot.app.connections import MOST, Connections
from bot.app.http import Server, public_site
from bot.app.webhooks import PATH
from sandbox.ports import free_port
from tests.bot.app.test_http import bot, command, post, url
from tests.bot.endpoint import Endpoint, endpoint
from tests.waiting import until

if TYPE_CHECKING:
    from bot.app.run import Bot
    from sandbox.slack import Slack

__all__ = ["bot", "endpoint", "url"]

ASK = b"GET /healthz HTTP/1.1\r\nHost: fisk\r\n\r\n"
FORM = b"POST /slack/events HTTP/1.1\r\nHost: fisk\r\nContent-Length: 100000\r\n\r\ntext="
ENOUGH_FILES = 4096


class Peer:
    """The other end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self) -> bytes:
        """The status line that answers a whole request."""
        self.writer.write(ASK)
        line = await self.reader.readline()
        await self.reader.readuntil(b'{"status": "ok"}')
        return line

    async def closed(self) -> bool:
        """Wait until the server closes; whether it said nothing before."""
        try:
            return await self.reader.read() == b""
        except ConnectionError:
            return True


@asynccontextmanager
async def dialled(port: int) -> AsyncIterator[Peer]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Peer(reader, writer)
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def serving(connections: Connections) -> AsyncIterator[int]:
    port = free_port()
    server = Server(public_site(), ("127.0.0.1", port), connections=connections)
    await server.start()
    yield port
    await server.stop()


@pytest.fixture
def many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < ENOUGH_FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (ENOUGH_FILES, hard))


@pytest.mark.usefixtures("many_files")
async def test_a_thousand_connections_that_say_nothing_and_forms_that_never_end_leave_it_at_work(
    bot: Bot, slack: Slack, url: str
) -> None:
    port = int(url.rpartition(":")[2])
    async with AsyncExitStack() as stack:
        for _ in range(1100):
            await stack.enter_async_context(dialled(port))
        for _ in range(300):
            (await stack.enter_async_context(dialled(port))).writer.write(FORM)
        assert (await post(url, slack, command("lock app why")))[0] == 200
        await slack.until(lambda: slack.find("#deploys", "holds app: why"))
    assert len(await bot.parts.world.memory.locks.holds()) == 1


async def test_large_forms_that_nobody_signed_are_refused_unparsed(url: str, slack: Slack) -> None:
    form = "&".join(f"a{number}=b" for number in range(100_000))
    answers = [await post(url, slack, form, secret="guessed") for _ in range(5)]
    assert answers == [(401, "the signature does not fit")] * 5


@pytest.mark.usefixtures("many_files")
async def test_never_more_connections_are_open_than_there_is_room_for() -> None:
    connections = Connections()
    async with serving(connections) as port, AsyncExitStack() as stack:
        peers = [await stack.enter_async_context(dialled(port)) for _ in range(MOST + 44)]
        assert [await each.closed() for each in peers[:44]] == [True] * 44
        assert len(connections) == MOST
        assert await peers[-1].ask() == b"HTTP/1.1 200 OK\r\n"


async def test_the_connection_that_was_silent_for_longest_makes_room() -> None:
    async with serving(Connections(most=3)) as port, AsyncExitStack() as stack:
        first, second, third = [await stack.enter_async_context(dialled(port)) for _ in range(3)]
        assert await first.ask() == b"HTTP/1.1 200 OK\r\n"
        fourth = await stack.enter_async_context(dialled(port))
        assert await second.closed()
        assert [await each.ask() for each in (first, third, fourth)] == [b"HTTP/1.1 200 OK\r\n"] * 3


@pytest.mark.parametrize("begun", [b"", b"G", ASK[:-2]], ids=["nothing", "a byte", "all but the end"])
async def test_headers_that_do_not_come_are_not_waited_for(begun: bytes) -> None:
    connections = Connections(headers_within=0.05)
    async with serving(connections) as port, dialled(port) as peer:
        peer.writer.write(begun)
        assert await peer.closed()
        await until(lambda: len(connections) == 0)


async def test_headers_that_come_byte_by_byte_are_not_waited_for() -> None:
    async def drip(peer: Peer) -> None:
        while True:
            peer.writer.write(b"X: y\r\n")
            await asyncio.sleep(0.001)  # the pace of the peer, far quicker than what it may not outlast

    async with serving(Connections(headers_within=0.05)) as port, dialled(port) as peer:
        peer.writer.write(ASK[:-2])
        dripping = asyncio.create_task(drip(peer))
        await peer.closed()
        dripping.cancel()


async def test_a_connection_that_was_answered_may_rest_but_its_next_request_may_not() -> None:
    async with serving(Connections(headers_within=0.05)) as port, AsyncExitStack() as stack:
        rested, slow = [await stack.enter_async_context(dialled(port)) for _ in range(2)]
        assert [await each.ask() for each in (rested, slow)] == [b"HTTP/1.1 200 OK\r\n"] * 2
        slow.writer.write(b"G")
        assert await slow.closed()
        assert await rested.ask() == b"HTTP/1.1 200 OK\r\n"


async def test_a_body_that_comes_byte_by_byte_is_not_waited_for(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_WITHIN", 0.05)
    head = f"POST {PATH} HTTP/1.1\r\nHost: fisk\r\nContent-Length: 100000\r\nX-Hub-Signature-256: sha256=0\r\n\r\n"
    async with dialled(endpoint.port) as peer:
        peer.writer.write(head.encode())
        line = asyncio.create_task(peer.reader.readline())
        while not line.done():
            peer.writer.write(b"x")
            await asyncio.sleep(0.001)  # likewise
        assert await line == b"HTTP/1.1 400 Bad Request\r\n"
    assert endpoint.counted == {"truncated": 1}


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET  HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost fisk\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: fisk\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: fisk\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: fisk\r\nX: " + b"x" * 9_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: fisk\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: fisk\r\n" + b"X: x\r\n" * 200 + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
    ids=[
        "bytes",
        "another version",
        "no path",
        "no colon",
        "a negative length",
        "two lengths",
        "a long header",
        "a long path",
        "two hundred headers",
        "TLS",
    ],
)
async def test_what_is_no_http_is_a_bad_request_and_one_line_in_the_log(
    caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    async with serving(Connections()) as port, dialled(port) as peer:
        peer.writer.write(sent)
        assert b" 400 " in await peer.reader.readline()
    (record,) = caplog.records
    assert (record.levelname, record.exc_info, record.getMessage().count("\n")) == ("WARNING", None, 0)
    assert record.getMessage().startswith("a request is no HTTP (")
