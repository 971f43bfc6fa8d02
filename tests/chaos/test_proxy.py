"""The proxy knows its clients by their processes, and cuts off one without the others."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sandbox.ports import free_port
from tests.chaos.proxy import Proxy
from tests.waiting import until

ASKS = """
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as link:
    link.sendall(b"from another process")
    print(link.recv(100).decode())
"""


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
    writer.close()


@asynccontextmanager
async def proxied(**clients: int) -> AsyncIterator[Proxy]:
    server = await asyncio.start_server(echo, "127.0.0.1", free_port())
    proxy = Proxy(free_port(), server.sockets[0].getsockname()[1], lambda: clients)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
        server.close()
        await server.wait_closed()


async def ask(proxy: Proxy) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"hello")
    answer = await reader.read(100)
    writer.close()
    return answer


async def another_asks(proxy: Proxy) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ASKS, str(proxy.port), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return out.strip()


async def test_bytes_go_through_in_both_directions() -> None:
    async with proxied() as proxy:
        assert await ask(proxy) == b"hello"


async def test_a_client_that_is_cut_off_waits_and_the_others_do_not() -> None:
    async with proxied(me=os.getpid()) as proxy:
        proxy.cut.add("me")
        mine = asyncio.create_task(ask(proxy))
        assert await another_asks(proxy) == b"from another process"
        assert not mine.done()
        proxy.cut.clear()
        assert await mine == b"hello"


async def test_a_connection_that_stands_is_cut_off_too() -> None:
    async with proxied(me=os.getpid()) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"one")
        assert await reader.read(100) == b"one"
        proxy.cut.add("me")
        writer.write(b"two")
        assert await another_asks(proxy) == b"from another process"
        proxy.cut.clear()
        assert await reader.read(100) == b"two"
        writer.close()


async def test_a_server_that_does_not_run_closes_the_connection() -> None:
    proxy = Proxy(free_port(), free_port(), dict)
    await proxy.start()
    try:
        assert await ask(proxy) == b""
    except ConnectionError:
        pass
    finally:
        await proxy.stop()


@pytest.mark.parametrize("delay", [0.01])
async def test_a_slow_line_is_late_and_loses_nothing(delay: float) -> None:
    async with proxied(me=os.getpid()) as proxy:
        proxy.delays["me"] = delay
        assert await ask(proxy) == b"hello"


async def test_ending_it_ends_its_connections() -> None:
    async with proxied() as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"hello")
        assert await reader.read(100) == b"hello"
    await until(reader.at_eof)
    writer.close()
