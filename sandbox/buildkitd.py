"""BuildKit in a container: its port, and the output of buildctl."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from sandbox.output import Output

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
EMPTY_SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
WORKER = "y3mqa1ob8pfq6c1n0e4dzk5xt"
DEFAULT_SOCKET = "unix:///run/buildkit/buildkitd.sock"


@dataclass(frozen=True, slots=True)
class Nature:
    """How an image of BuildKit behaves. `mute`: accepts connections, never answers; `crashes`: exits at once."""

    behaves: Literal["well", "mute", "crashes"] = "well"
    platforms: tuple[str, ...] = ("linux/arm64", "linux/arm/v7", "linux/arm/v6")
    boot: float = 0.2  # seconds until it answers


@dataclass(slots=True)
class Cache:
    """What the container has on its disk, in bytes; it survives a restart of the daemon."""

    total: int = 31_470_000_000
    reclaimable: int = 11_920_000_000

    def prune(self, keep: int) -> int:
        """Throw away what is reclaimable, down to `keep`; returns how much that was."""
        freed = max(0, min(self.reclaimable, self.total - keep))
        self.total -= freed
        self.reclaimable -= freed
        return freed


class Buildkitd:
    """One run of the daemon. Until it is up, Docker's proxy accepts connections and closes them."""

    def __init__(self, nature: Nature, cache: Cache) -> None:
        self._nature = nature
        self._cache = cache
        self._up = False
        self._server: asyncio.Server | None = None
        self._boot: asyncio.Task[None] | None = None

    async def start(self, address: str, port: int) -> None:
        """Raises OSError where the address cannot be bound."""
        self._server = await asyncio.start_server(self._serve, address, port)
        if self._nature.behaves == "well":
            self._boot = asyncio.create_task(self._come_up())

    async def _come_up(self) -> None:
        await asyncio.sleep(self._nature.boot)
        self._up = True

    async def stop(self) -> None:
        self._up = False
        if self._boot:
            self._boot.cancel()
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            if self._up and await reader.readexactly(len(PREFACE)) == PREFACE:
                writer.write(EMPTY_SETTINGS)
                await writer.drain()
        writer.close()

    def buildctl(self, words: Sequence[str]) -> Output:
        """`buildctl [--addr …] debug workers`, `du` or `prune`. With `--addr tcp://…` there is no unix socket."""
        address, asked = (words[1], words[2:]) if tuple(words[:1]) == ("--addr",) else (DEFAULT_SOCKET, words)
        if not self._up or not address.startswith("tcp://"):
            where = address.removeprefix("tcp://").removeprefix("unix://")
            why = f'rpc error: code = Unavailable desc = connection error: desc = "transport: dial {where}"'
            return Output("", f"error: failed to call: {why}\n", 1)
        if tuple(asked) == ("debug", "workers"):
            return Output(f"ID\t\t\t\tPLATFORMS\n{WORKER}\t{','.join(self._nature.platforms)}\n")
        if tuple(asked) == ("du",):
            sums = f"Reclaimable:\t{_size(self._cache.reclaimable)}\nTotal:\t\t{_size(self._cache.total)}\n"
            return Output(f"ID\tRECLAIMABLE\tSIZE\tLAST ACCESSED\n{sums}")
        if tuple(asked[:2]) == ("prune", "--keep-storage"):
            freed = self._cache.prune(int(float(asked[2]) * 10**6))
            return Output(f"ID\tRECLAIMABLE\tSIZE\tLAST ACCESSED\nTotal:\t{_size(freed)}\n")
        return Output("", f"No help topic for '{asked[0]}'\n", 3)


def _size(count: int) -> str:
    """As docker's units print bytes."""
    return f"{count / 10**9:.4g}GB" if count else "0B"
