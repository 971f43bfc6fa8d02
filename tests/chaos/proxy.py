"""A TCP proxy in front of one server, which cuts off or delays clients by name."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

LOOK_EVERY = 0.02  # seconds
CHUNK = 65536
LOCAL, INODE = 1, 9  # columns of /proc/net/tcp


class Proxy:
    """Listens on `port` for the server on `server`; `clients` are the processes that may connect, by name.

    Attributes:
        cut: clients whose bytes are held back in both directions until they are taken out, as on a broken line.
        delays: seconds by which each client's bytes are late.
    """

    def __init__(self, port: int, server: int, clients: Callable[[], Mapping[str, int]]) -> None:
        self.port, self._to, self._clients = port, server, clients
        self.cut: set[str] = set()
        self.delays: dict[str, float] = {}
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for link in tuple(self._links):
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links.add(task)
        try:
            await self._link(client_of(writer.get_extra_info("peername")[1], self._clients()), reader, writer)
        except asyncio.CancelledError:
            pass  # the proxy stops; asyncio's own callback would log it
        finally:
            self._links.discard(task)
            writer.close()

    async def _link(self, client: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._open(client)
        try:
            answers, commands = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            return
        ways = [
            asyncio.create_task(self._forward(client, *way))
            for way in ((reader, commands), (answers, writer))
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            commands.close()

    async def _forward(self, client: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await asyncio.sleep(self.delays.get(client, 0))
                await self._open(client)
                writer.write(data)
                await writer.drain()

    async def _open(self, client: str) -> None:
        while client in self.cut:  # noqa: ASYNC110 (a set has no event)
            await asyncio.sleep(LOOK_EVERY)


def client_of(port: int, clients: Mapping[str, int]) -> str:
    """Which of these processes has the connection from this local port; empty: none of them."""
    socket = f"socket:[{_inode(port)}]"
    return next((name for name, pid in clients.items() if socket in _open_files(pid)), "")


def _inode(port: int) -> str:
    wanted = f"0100007F:{port:04X}"
    rows = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return next((row[INODE] for row in rows if row[LOCAL] == wanted and row[INODE] != "0"), "")


def _open_files(pid: int) -> set[str]:
    """What its descriptors stand for. One may be closed meanwhile, and so may the process be over."""
    found = set()
    with suppress(OSError):
        for number in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208 (quicker)
            with suppress(OSError):
                found.add(os.readlink(f"/proc/{pid}/fd/{number}"))  # noqa: PTH115 (likewise)
    return found
