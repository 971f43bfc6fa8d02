"""The server's side of WebSockets by hand, with only what a driver that must outrun its clients needs."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Connection(asyncio.Protocol):
    """One client. Whole frames only: a client that splits its small answers is not expected here.

    Args:
        opened: told once the handshake is done.
        received: told of each text frame, as its mask and its masked payload.
        lost: told when the client is gone.
    """

    def __init__(
        self,
        opened: Callable[[Connection], None],
        received: Callable[[Connection, bytes, bytes], None],
        lost: Callable[[Connection], None],
    ) -> None:
        self._opened = opened
        self._received = received
        self._lost = lost
        self._buffer = b""
        self._is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (the signature is asyncio's)
        self._lost(self)

    def send(self, frame: bytes) -> None:
        self._transport.write(frame)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open and not self._shake_hands():
            return
        start = 0
        while (end := self._frame(start)) > start:
            start = end
        self._buffer = self._buffer[start:]

    def _shake_hands(self) -> bool:
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return False
        lines = (line.partition(b":") for line in head.split(b"\r\n"))
        key = next(value.strip() for name, _, value in lines if name.lower() == b"sec-websocket-key")
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())  # noqa: S324 (the protocol's own)
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        self._buffer, self._is_open = rest, True
        self._opened(self)
        return True

    def _frame(self, start: int) -> int:
        """Take the frame that begins there; where the next one begins, or `start` if it is not all here yet."""
        buffer = self._buffer
        if len(buffer) < start + 2:
            return start
        length, head = buffer[start + 1] & 0x7F, start + 2
        if length >= 126:
            size = 2 if length == 126 else 8
            length, head = int.from_bytes(buffer[head : head + size]), head + size
        payload, end = head + 4, head + 4 + length
        if len(buffer) < end:
            return start
        self._take(buffer[start] & 0x0F, buffer[head:payload], buffer[payload:end])
        return end

    def _take(self, kind: int, mask: bytes, payload: bytes) -> None:
        if kind == TEXT:
            self._received(self, mask, payload)
        elif kind == PING:
            self.send(framed(unmasked(mask, payload), PONG))
        elif kind == CLOSE:
            self._transport.close()


def framed(payload: bytes, kind: int = TEXT) -> bytes:
    """A whole frame of the server's, which is not masked."""
    if len(payload) < 126:
        return bytes([0x80 | kind, len(payload)]) + payload
    return bytes([0x80 | kind, 126]) + len(payload).to_bytes(2) + payload


def unmasked(mask: bytes, payload: bytes) -> bytes:
    key = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(len(payload))
