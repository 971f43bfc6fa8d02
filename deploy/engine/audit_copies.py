"""Copies of the audit log where whoever can write to Redis cannot: a file, an address.

Each copy follows the log by itself, from the entry that it has last. What cannot be copied is tried again, and holds up
no operation; it is lost only where the log trims it, or somebody takes it out, before the copy's place works again.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

from pydantic import BaseModel, Field

from deploy.core import errors
from deploy.core.errors import FiskError
from deploy.core.log import logger
from deploy.core.together import together

if TYPE_CHECKING:
    from deploy.redis.chain import Chain, Chained
    from deploy.redis.connect import State
    from deploy.redis.mutex import Mutex
    from deploy.systems.http import Http

BATCH = 100
TAIL = 65_536  # bytes in which the last line of a file is looked for first
LOOK_EVERY = 1.0  # seconds between two looks for new entries
AGAIN = 10.0  # seconds after a failure
ALONE = 30.0  # seconds after which another replica sends, where the one that sent has died
Line = dict[str, Any]
Position = Annotated[str, Field(pattern=r"^[0-9]+-[0-9]+$")]

log = logger("fisk.operations")


class Copy(Protocol):
    """One copy. Both methods raise errors.FiskError or OSError where its place fails."""

    name: str

    async def last(self) -> Mapping[str, str]:
        """The position of the last entry that it has, for each record; nothing where another process copies."""

    async def add(self, lines: list[Line]) -> None:
        """Add entries, in their order; those that it has already are passed over."""


class _Read(BaseModel):
    """What fisk needs of a line of the file. `seq`: 0 for an entry that fisk did not write."""

    record: str
    last: dict[str, Position]
    seq: int = 0
    mac: str = ""


class AuditFile:
    """A file of JSON lines, written through to the disk. What is in it says where to go on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = str(path)

    async def last(self) -> Mapping[str, str]:
        return await asyncio.to_thread(self._last)

    async def add(self, lines: list[Line]) -> None:
        await asyncio.to_thread(self._add, lines)

    async def macs(self, record: str) -> dict[int, str]:
        """Each entry's MAC by its place. Raises OSError."""
        return await asyncio.to_thread(self._macs, record)

    def _macs(self, record: str) -> dict[int, str]:
        return {line.seq: line.mac for line in self._lines() if line.record == record and line.seq}

    def _last(self) -> dict[str, str]:
        """From its last whole line, which says it of both records."""
        size, whole = TAIL, False
        while not whole:
            tail, whole = self._tail(size)
            for text in reversed(tail.splitlines()[0 if whole else 1 :]):
                with suppress(ValueError):
                    return _Read.model_validate_json(text).last
            size *= 8
        return {}

    def _tail(self, size: int) -> tuple[bytes, bool]:
        """Its last bytes, and whether that is all."""
        if not self.path.exists():
            return b"", True
        with self.path.open("rb") as file:
            length = file.seek(0, os.SEEK_END)
            file.seek(max(0, length - size))
            return file.read(), size >= length

    def _lines(self) -> Iterator[_Read]:
        """Its whole lines that are fisk's: one may have been cut off by a crash, and others may write there too."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for text in file:
                with suppress(ValueError):
                    yield _Read.model_validate_json(text)

    def _add(self, lines: list[Line]) -> None:
        """Under a lock, since a terminal may add to the same file."""
        with os.fdopen(os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            last, new = self._last(), b""
            for line in lines:
                if _order(line["position"]) > _order(last.get(line["record"], "0-0")):
                    last = {**last, line["record"]: line["position"]}
                    new += json.dumps({**line, "last": last}).encode() + b"\n"
            file.seek(0, os.SEEK_END)
            file.write(_ended(file) + new)
            file.flush()
            os.fsync(file.fileno())


class AuditUrl:
    """An address that takes entries by POST, as `{"entries": […]}`. Redis knows the last one that it took, so that all
    replicas together send each of them once, or again after a failure.
    """

    def __init__(self, http: Http, state: State, mutex: Mutex) -> None:
        self.name = "FISK_AUDIT_URL"
        self._http = http
        self._state = state
        self._mutex = mutex
        self._sent = state.key("audit:sent")

    async def last(self) -> Mapping[str, str]:
        if not await self._mutex.take("audit url", ALONE):
            raise errors.StateUnavailable(where="another replica sends the audit log")
        sent: dict[str, str] = await self._state.ask("HGETALL", self._sent)
        return sent

    async def add(self, lines: list[Line]) -> None:
        await self._http.request("POST", "", json={"entries": lines}, what="the address for the audit log")
        for line in lines:
            await self._state.ask("HSET", self._sent, line["record"], line["position"])


class Copies:
    """`file` is the copy that `audit verify` compares with."""

    def __init__(self, state: State, copies: tuple[Copy, ...], file: AuditFile | None = None) -> None:
        self._chains = (state.deeds, state.refusals)
        self._copies = copies
        self.file = file

    async def work(self) -> None:
        """Copy new entries until cancelled."""
        await together(*(self._keep_copying(copy) for copy in self._copies))

    async def once(self) -> None:
        """Copy what is there now; a failure is only logged."""
        for copy in self._copies:
            await self._try(copy)

    async def _keep_copying(self, copy: Copy) -> None:
        while True:  # noqa: ASYNC110 (other processes write to the log)
            await asyncio.sleep(LOOK_EVERY if await self._try(copy) else AGAIN)

    async def _try(self, copy: Copy) -> bool:
        try:
            await self._copy(copy)
        except errors.StateUnavailable:
            return True  # the log itself, or another replica's turn: nothing is written meanwhile, or somebody does it
        except (FiskError, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            log.warning("the audit log is not copied", to=copy.name, why=why)
            return False
        return True

    async def _copy(self, copy: Copy) -> None:
        last = await copy.last()
        for chain in self._chains:
            batch: list[Line] = []
            async for position, found in chain.entries(last.get(chain.name, "")):
                batch.append(_line(chain, position, found))
                if len(batch) == BATCH:
                    await copy.add(batch)
                    batch = []
            if batch:
                await copy.add(batch)


def _line(chain: Chain, position: str, found: Chained | None) -> Line:
    place: Line = {"record": chain.name, "position": position}
    if found is None:
        return {**place, "forged": True}
    link = {"seq": found.link.seq, "mac": found.link.mac, "before": found.before}
    return {**place, **link, "entry": json.loads(found.content)}


def _order(position: str) -> tuple[int, int]:
    at, _, number = position.partition("-")
    return int(at), int(number or 0)


def _ended(file: Any) -> bytes:
    """A line's end, where the last line has none."""
    if not file.tell():
        return b""
    file.seek(-1, os.SEEK_END)
    return b"" if file.read(1) == b"\n" else b"\n"
