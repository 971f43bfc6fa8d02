"""Whether a port takes connections."""

from __future__ import annotations

import asyncio
import socket

from deploy.systems.ports import connects


async def test_a_port_that_listens_is_open() -> None:
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as server:
        assert await connects("127.0.0.1", server.sockets[0].getsockname()[1])


async def test_a_port_that_refuses_is_closed() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert not await connects("127.0.0.1", bound.getsockname()[1])


async def test_a_port_that_stays_silent_is_closed() -> None:
    """Its queue of connections is full, so that nobody answers any more."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        host, port = silent.getsockname()
        first = [socket.socket() for _ in range(4)]
        for each in first:
            each.setblocking(False)  # noqa: FBT003 (the standard library's own)
            each.connect_ex((host, port))
        assert not await connects(host, port, within=0.2)
        for each in first:
            each.close()
