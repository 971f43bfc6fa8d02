"""A proxy between fisk and Valkey, which drops an answer on request, or lets nothing through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Relay:
    """Its `url` is the server's, as far as a client can see. While it is `cut` no command arrives there."""

    def __init__(self, server: str, socket: str) -> None:
        self._server, self._socket = server, socket
        self.url = f"unix://{socket}"
        self.lost = 0
        self.cut = False
        self._word, self._times = b"", 0

    def lose(self, word: str, times: int = 1) -> None:
        """Have the server do the next command with this word in it, and cut the line before it answers.

        A client tries once more: after `times=2` it is as if fisk had died after that command.
        """
        self._word, self._times = word.encode(), times

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Relay]:
        async with await asyncio.start_unix_server(self._serve, self._socket):
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, commands = await asyncio.open_unix_connection(self._server)
        with suppress(OSError):
            while (command := await reader.read(65536)) and not self.cut:
                commands.write(command)
                answer = await answers.read(65536)
                if self._times and self._word in command and not answer.startswith(b"-NOSCRIPT"):
                    self._times, self.lost = self._times - 1, self.lost + 1
                    break
                writer.write(answer)
        commands.close()
        writer.close()
