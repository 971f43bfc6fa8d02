"""A TCP proxy in front of one server, which cuts off or delays clients by name."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress

LOOK_EVERY = 0.02  # seconds
CHUNK = 65536
NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST = 4, 20, 1
HEADER, INODE = 16, 84  # bytes of a netlink message's header, and before the inode in the answer
ANY_STATE, NO_COOKIE = 0xFFFFFFFF, b"\xff" * 8


class Proxy:
    """Listens on `port` for the server on `server`; `clients` are the processes that may connect, by name.

    Attributes:
        cut: clients whose bytes are held back in both directions until they are taken out, as on a broken line.
        delays: seconds by which each client's bytes are late.
    """

    def __init__(self, port: int, server: int, clients: Callable[[], Mapping[str, int]]) -> None:
        self.port, self._to, self.clients = port, server, clients
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
            await self._link(writer.get_extra_info("peername")[1], reader, writer)
        except asyncio.CancelledError:
            pass  # the proxy stops; asyncio's own callback would log it
        finally:
            self._links.discard(task)
            writer.close()

    async def _link(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(self, port)
        await line.stands()
        try:
            answers, commands = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            return
        ways = [asyncio.create_task(line.forward(*way)) for way in ((reader, commands), (answers, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            commands.close()


class Line:
    """One connection to a proxy, from a local port. Whose it is, is asked only once something is cut or slow."""

    def __init__(self, proxy: Proxy, port: int) -> None:
        self._proxy, self._port = proxy, port
        self._client: str | None = None

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self.stands()
                writer.write(data)
                await writer.drain()

    async def stands(self) -> None:
        """Wait while its client is cut off, or slow."""
        if self._proxy.delays:
            await asyncio.sleep(self._proxy.delays.get(self._whose(), 0))
        while self._proxy.cut and self._whose() in self._proxy.cut:  # noqa: ASYNC110 (a set has no event)
            await asyncio.sleep(LOOK_EVERY)

    def _whose(self) -> str:
        if self._client is None:
            self._client = client_of(self._port, self._proxy.port, self._proxy.clients())
        return self._client


def client_of(port: int, server: int, clients: Mapping[str, int]) -> str:
    """Which of these processes has the connection between these two local ports; empty: none of them."""
    socket_ = f"socket:[{inode(port, server)}]"
    return next((name for name, pid in clients.items() if socket_ in _open_files(pid)), "")


def inode(port: int, server: int) -> int:
    """The socket with these ports, asked of the kernel (sock_diag(7)); 0 where it is gone.

    /proc/net/tcp would tell, too, but lists every connection of the machine each time.
    """
    home = socket.inet_aton("127.0.0.1") + bytes(12)
    wanted = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, ANY_STATE)
    wanted += struct.pack(">HH", port, server) + home + home + bytes(4) + NO_COOKIE
    request = struct.pack("=IHHII", HEADER + len(wanted), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 1, 0) + wanted
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as kernel:
        kernel.send(request)
        answer = kernel.recv(CHUNK)
    return int(struct.unpack_from("=I", answer, INODE)[0]) if len(answer) >= INODE + 4 else 0


def _open_files(pid: int) -> set[str]:
    """What its descriptors stand for. One may be closed meanwhile, and so may the process be over."""
    found = set()
    with suppress(OSError):
        for number in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208 (quicker)
            with suppress(OSError):
                found.add(os.readlink(f"/proc/{pid}/fd/{number}"))  # noqa: PTH115 (likewise)
    return found
