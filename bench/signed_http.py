"""Slash commands over signed HTTP, one client: latency of the ack, beside Bolt in its best mode."""

from __future__ import annotations

import asyncio
import socket
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any
from urllib.parse import urlencode

from bench.bare_bolt import KEEPS
from bench.driver import Driver, driving
from bench.harness import Measured, alternate, bench
from bench.processes import BARE_BOLT, FISK, running, settings
from sandbox.ports import free_port
from sandbox.slack.signed_http import FORM, SignedHttp

SECRET = "bench-signing-secret"
COMMANDS = 100
ROUNDS = 3
LAUNCHES = 4  # of both bots: the memory layout of a process makes a difference of a quarter
UP_WITHIN = 30.0
PAUSE = 0.003  # seconds between an answer and the next command; the rival waits for no answer


@asynccontextmanager
async def client(argv: tuple[str, ...], environment: dict[str, str]) -> AsyncIterator[Client]:
    """A bot in HTTP mode and one client with a connection to it."""
    port = free_port()
    bind = {"FISK_BIND": f"127.0.0.1:{port}", "FISK_SLACK_SIGNING_SECRET": SECRET}
    async with running(argv, {**environment, **bind}):
        with closing(await _dial(port)) as end:
            yield Client(end)


async def _dial(port: int) -> socket.socket:
    async with asyncio.timeout(UP_WITHIN):
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port))
            except ConnectionRefusedError:
                await asyncio.sleep(0.01)


class Client:
    """Sends one request at a time, with blocking I/O."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._signed = SignedHttp(SECRET, time.time).signed

    def request(self, payload: dict[str, Any]) -> bytes:
        body = urlencode(payload)
        headers = {**self._signed(body, FORM), "Host": "bench", "Content-Length": str(len(body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST /slack/events HTTP/1.1\r\n{lines}\r\n{body}".encode()

    def send(self, request: bytes) -> tuple[float, bytes]:
        """Milliseconds until the whole answer was received, and its body. Asserts status 200."""
        begun = time.perf_counter()
        self._end.sendall(request)
        body = self._answer()
        return (time.perf_counter() - begun) * 1000, body

    def _answer(self) -> bytes:
        answer = b""
        while True:
            answer += self._end.recv(65536)
            head, found, body = answer.partition(b"\r\n\r\n")
            if found and len(body) >= _length(head):
                assert head.startswith(b"HTTP/1.1 200"), answer
                return body


def _length(head: bytes) -> int:
    lines = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    return next(int(value) for name, _, value in lines if name == b"content-length")


async def _known(client: Client, driver: Driver) -> None:
    """Wait until the command is accepted, which needs the bot to know its workspace."""
    async with asyncio.timeout(UP_WITHIN):
        while (await asyncio.to_thread(client.send, client.request(driver.payload("locks"))))[1]:  # noqa: ASYNC110 (another process has no Event)
            await asyncio.sleep(0.05)


@bench("ack of a line that is answered in it, signed HTTP", "ms", short="http", seconds=24, bound=1.3)
async def answered_in_it() -> Measured:
    """`help`: signature, parsing, answer."""
    return await _beside_bolt("help", answers=0)


@bench("ack of a line that is answered after it, signed HTTP", "ms", short="ack", seconds=24, bound=1.3)
async def answered_after_it() -> Measured:
    """`locks`, which goes the whole way: signature, ack, access, Valkey, answer.

    The client waits for the answer before the next command; the rival sends none, so it gets the pause alone.
    """
    return await _beside_bolt("locks", answers=1)


@bench("ack of a line that is kept before it, signed HTTP", "ms", short="inbox", seconds=26, bound=1.3)
async def kept_before_it() -> Measured:
    """A line that changes something is in the inbox first: encrypted, signed, and once for each request. The rival does
    one XADD to the same server before its ack. The operation that is to be cancelled is not there.
    """
    return await _beside_bolt("cancel d-000000", answers=1, **{KEEPS: "yes"})


async def _beside_bolt(line: str, answers: int, **rivals: str) -> Measured:
    """`rivals`: further settings of the rival's."""
    async with driving() as driver, settings(driver) as environment:
        launched = [await _launched(driver, environment, line, answers, rivals) for _ in range(LAUNCHES)]
    return Measured(
        ours=statistics.median(each.ours for each in launched),
        rival=statistics.median(each.rival or 0 for each in launched),
        our_rounds=tuple(took for each in launched for took in each.our_rounds),
        rival_rounds=tuple(took for each in launched for took in each.rival_rounds),
    )


async def _launched(
    driver: Driver, environment: dict[str, str], line: str, answers: int, rivals: dict[str, str]
) -> Measured:
    async with client(FISK, environment) as fisk, client(BARE_BOLT, {**environment, **rivals}) as bolt:
        await _known(fisk, driver)
        await _known(bolt, driver)

        async def ours() -> float:
            return statistics.median([await _acked(fisk, driver, line, answers) for _ in range(COMMANDS)])

        async def rival() -> float:
            return statistics.median([await _acked(bolt, driver, line, 0) for _ in range(COMMANDS)])

        return await alternate(ours, rival, ROUNDS)


async def _acked(client: Client, driver: Driver, line: str, answers: int) -> float:
    """Milliseconds for one ack, and then a pause once it is answered, where it is."""
    driver.expect_answers(answers)
    took, _ = client.send(client.request(driver.payload(line)))
    if answers:
        await driver.answered()
    await asyncio.sleep(PAUSE)
    return took
