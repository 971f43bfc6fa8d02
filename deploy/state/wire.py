"""The shortest way to the server that redis-py offers: a connection of one's own, one write, one read.

An operation costs two scripts, and a line from Slack a few commands, so what surrounds them counts. redis-py's
client adds a task for each write (its time limit), a retry object, metrics and a walk through its pool: a third
of a script's time. Here one time limit covers the exchange. A lost connection is tried once more: every script
here may run twice.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from redis import exceptions

if TYPE_CHECKING:
    from redis.asyncio import Redis

BROKEN = (exceptions.ConnectionError, exceptions.TimeoutError, OSError)


class Wire:
    """Connections that `client`'s pool makes, with `within` seconds for each exchange; they stay open."""

    def __init__(self, client: Redis, within: float) -> None:
        self._client = client
        self._within = within
        self._idle: list[Any] = []

    async def call(self, *command: str | float) -> Any:
        """The server's answer, as it is."""
        try:
            return await self._exchange(command)
        except BROKEN:
            return await self._exchange(command)

    async def _exchange(self, command: tuple[str | float, ...]) -> Any:
        connection = self._idle.pop() if self._idle else self._connection()
        try:
            async with asyncio.timeout(self._within):
                await connection.send_packed_command(pack(command))
                return await connection.read_response()
        finally:
            self._idle.append(connection)

    def _connection(self) -> Any:
        return self._client.connection_pool.make_connection()  # type: ignore[no-untyped-call]

    async def aclose(self) -> None:
        for connection in self._idle:
            await connection.disconnect()
        await self._client.aclose()


def pack(command: tuple[str | float, ...]) -> bytes:
    """A command as the protocol has it: the count, then each argument after its length in bytes."""
    arguments = [str(part).encode() for part in command]
    return b"*%d\r\n" % len(arguments) + b"".join([b"$%d\r\n%b\r\n" % (len(a), a) for a in arguments])
