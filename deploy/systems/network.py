"""Connections for httpx on which bytes go out only under the right to act.

The libraries' own streams pass control to the event loop between a look at anything and the bytes, and keep what the
kernel does not take at once, to send it later. A process that was paused there would send it after its lease.
"""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
from asyncio.staggered import staggered_race
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import httpcore
import httpx

from deploy.core.acting import insist_on_right

T = TypeVar("T")
NEXT_ADDRESS = 0.25  # seconds until a name's next address is tried beside the first (RFC 8305)
PIECE = 2**16  # bytes


class Network(httpcore.AsyncNetworkBackend):
    """Opens them."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's interface)
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        local = (local_address, 0) if local_address else None
        with _named(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                return Stream(await _dial(host, port, local, tuple(socket_options or ())))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def guarded(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """The client with these connections, proxies included; httpx hands its pools no such option on."""
    for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001
        if isinstance(transport, httpx.AsyncHTTPTransport):
            transport._pool._network_backend = Network()  # noqa: SLF001
    return client


class Stream(httpcore.AsyncNetworkStream):
    """A TCP connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        with _named(httpcore.ReadTimeout, httpcore.ReadError):
            async with asyncio.timeout(timeout):
                return await self.receive(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        with _named(httpcore.WriteTimeout, httpcore.WriteError):
            async with asyncio.timeout(timeout):
                await self.send(buffer)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        secure = Secure(self, ssl_context, server_hostname)
        try:
            with _named(httpcore.ConnectTimeout, httpcore.ConnectError):
                async with asyncio.timeout(timeout):
                    await secure.handshake()
        except BaseException:
            await self.aclose()
            raise
        return secure

    async def aclose(self) -> None:
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return _readable(self._socket)
        return self._socket if info == "socket" else None

    async def receive(self, size: int) -> bytes:
        return await asyncio.get_running_loop().sock_recv(self._socket, size)

    async def send(self, data: bytes) -> None:
        """Hand it to the kernel, each part of it under the right to act. Raises Suspended."""
        rest = memoryview(data)
        while rest:
            insist_on_right()
            try:
                rest = rest[self._socket.send(rest[:PIECE]) :]
            except BlockingIOError:
                await _writable(self._socket)


class Secure(Stream):
    """TLS over another connection, which may be TLS to a proxy."""

    def __init__(self, below: Stream, context: ssl.SSLContext, name: str | None) -> None:
        super().__init__(below.get_extra_info("socket"))
        self._below = below
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=name)

    async def handshake(self) -> None:
        await self._do(self._tls.do_handshake)

    async def receive(self, size: int) -> bytes:
        try:
            return await self._do(partial(self._tls.read, size))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""  # whether the answer is whole, its length says

    async def send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[await self._do(partial(self._tls.write, rest[:PIECE])) :]

    def get_extra_info(self, info: str) -> Any:
        return self._tls if info == "ssl_object" else super().get_extra_info(info)

    async def _do(self, call: Callable[[], T]) -> T:
        while True:
            try:
                result = call()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            else:
                await self._flush()
                return result

    async def _flush(self) -> None:
        if self._out.pending:
            await self._below.send(self._out.read())

    async def _fill(self) -> None:
        if data := await self._below.receive(PIECE):
            self._in.write(data)
        else:
            self._in.write_eof()


@contextmanager
def _named(late: type[Exception], failed: type[Exception]) -> Iterator[None]:
    """Raise the system's errors as httpcore's."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise failed(str(error)) from error


async def _dial(
    host: str, port: int, local: tuple[str, int] | None, options: tuple[httpcore.SOCKET_OPTION, ...]
) -> socket.socket:
    """A connection to the first of the name's addresses that answers; any other one, and in vain, is closed."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    opened: list[socket.socket] = []
    tries = [
        partial(_connected, family, kind, protocol, address, local, options, opened)
        for family, kind, protocol, _, address in found
    ]
    winner: object = None
    try:
        winner, _, failures = await staggered_race(tries, NEXT_ADDRESS)
    finally:  # the race may be cancelled just as one of them has answered
        for sock in opened:
            if sock is not winner:
                sock.close()
    if isinstance(winner, socket.socket):
        return winner
    raise next(filter(None, failures), OSError("no address"))


async def _connected(
    family: int,
    kind: int,
    protocol: int,
    address: Any,
    local: tuple[str, int] | None,
    options: tuple[httpcore.SOCKET_OPTION, ...],
    opened: list[socket.socket],
) -> socket.socket:
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(0)
        for option in ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), *options):
            sock.setsockopt(*option)
        if local:
            sock.bind(local)
        await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    opened.append(sock)
    return sock


async def _writable(sock: socket.socket) -> None:
    loop, able = asyncio.get_running_loop(), asyncio.Event()
    loop.add_writer(sock, able.set)
    try:
        await able.wait()
    finally:
        loop.remove_writer(sock)


def _readable(sock: socket.socket) -> bool:
    """Whether something came on a connection that is not in use, which then is at its end."""
    waiting = select.poll()
    if sock.fileno() < 0:
        return True
    waiting.register(sock, select.POLLIN)
    return bool(waiting.poll(0))
