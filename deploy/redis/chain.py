"""A chain of entries in a stream: each carries the place and the MAC of the one before, and a MAC of its own.

A script appends only onto the newest entry (lua/prelude.lua): where another process was first, it does nothing and
answers the new head, and is asked again. So there is one chain, however many processes write to it. Whoever can write
to Redis but has no key can neither add an entry nor change one, and cannot take one out without a gap. What is trimmed
leaves an anchor: a signed note of the last entry that was taken away.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from deploy.core import errors
from deploy.core.log import logger
from deploy.core.signing import DIGITS, Forged
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.redis.connect import State

FIRST_PAGE, PAGE = 5, 1000  # entries; trimming often needs to see the first one alone
TRIM_EVERY = 200  # entries of this process

log = logger("fisk.memory")


@dataclass(frozen=True, slots=True)
class Link:
    """An entry's place in the chain, from 1 on, and its MAC; the first one follows `0 -`."""

    seq: int = 0
    mac: str = "-"

    def __str__(self) -> str:
        return f"{self.seq} {self.mac}"

    @classmethod
    def parse(cls, text: str) -> Link:
        """Raises ValueError where it is none."""
        seq, mac = text.split(" ")
        return cls(int(seq), mac)


@dataclass(frozen=True, slots=True)
class Chained:
    """An entry that has its MAC. `position` is its id in the stream, `before` the MAC that it follows."""

    position: str
    link: Link
    before: str
    content: str

    def follows(self, link: Link) -> bool:
        return (self.link.seq, self.before) == (link.seq + 1, link.mac)


class Chain:
    """`keep`: how many of the newest entries stay."""

    def __init__(self, state: State, name: str, keep: int) -> None:
        self.name = name
        self.stream = state.key(name)
        self._state = state
        self._keep = keep
        self._head, self._anchor = state.key(f"{name}:head"), state.key(f"{name}:anchor")
        self._noted, self._seen = str(Link()), 0  # the head as the store has it noted, as far as is known
        self._turn = asyncio.Lock()
        self._outage: errors.StateUnavailable | None = None
        self._appended = itertools.count(1)

    async def append(self, script: str, keys: Sequence[str], content: str, *args: Any) -> Any:
        """Run a script that appends an entry, in the state that it was made for; what it writes is confirmed.

        Raises errors.StateUnavailable, errors.Unconfirmed and errors.NoKey.
        """
        before = self._outage
        async with self._turn:  # one by one here, so that only other processes can be first
            if self._outage is not before and self._outage is not None:
                raise _unwritten(self._outage)  # in an outage the queue waits once, not each in it
            try:
                answer = await self._append(script, keys, content, *args)
            except errors.StateUnavailable as outage:
                self._outage = outage
                raise
        if next(self._appended) % TRIM_EVERY == 0:
            with suppress(errors.StateUnavailable):  # the next one trims
                await self.trim()
        return answer

    async def _append(self, script: str, keys: Sequence[str], content: str, *args: Any) -> Any:
        this = token_hex(4)  # another process may append the same onto the same
        while True:
            follows, after = self._noted, _head(self._noted)
            text = self._signed(f"{after.seq + 1} {after.mac} {this} {content}")
            self._noted = f"{after.seq + 1} {text[:DIGITS]}"
            known = (*keys, self.stream, self._head), *args, follows, self._noted, text
            answer = await self._state.run_confirmed(script, *known)
            if not (moved := _moved(answer)):
                return answer
            self._go_on_from(moved)

    def _go_on_from(self, noted: str) -> None:
        seq = _head(noted).seq
        if seq < self._seen:
            log.warning("the record was set back", record=self.name, to=seq, was=self._seen)
        self._noted, self._seen = noted, seq

    async def write(self, content: str) -> None:
        """Append an entry that belongs to no other change."""
        await self.append("record", (), content)

    async def head(self) -> Link | None:
        """The newest entry as the store has it noted; None where nothing, or nothing readable, is noted."""
        text = await self._state.ask("GET", self._head)
        return _head(text) if text else None

    async def anchor(self) -> Link:
        """The last entry that was trimmed. Raises Forged where the note of it is not fisk's own."""
        text = await self._state.ask("GET", self._anchor)
        return Link.parse(self._state.signer.verified(text, self.name, "anchor")[1]) if text else Link()

    async def entries(self, after: str = "") -> AsyncIterator[tuple[str, Chained | None]]:
        """Each entry after a position, oldest first, with its position; None for one that is not fisk's own."""
        start, size = f"({after}" if after else "-", FIRST_PAGE
        while page := await self._state.ask("XRANGE", self.stream, start, "+", "COUNT", size):
            for position, fields in page:
                yield position, self._opened(position, fields)
                start = f"({position}"
            size = PAGE

    async def since(self, at: float) -> list[tuple[str, Chained | None]]:
        """The same, newest first, from a time of the store's on."""
        page = await self._state.ask("XREVRANGE", self.stream, "+", int(at * 1000))
        return [(position, self._opened(position, fields)) for position, fields in page]

    def _opened(self, position: str, fields: dict[str, str]) -> Chained | None:
        text = fields.get("entry", "")
        try:
            _, chained = self._state.signer.verified(text, self.name)  # a chain is whole in any format
        except Forged:
            return None
        seq, before, _, content = chained.split(" ", 3)
        return Chained(position, Link(int(seq), text[:DIGITS]), before, content)

    def _signed(self, content: str) -> str:
        return self._state.signer.sign(content, self.name)

    async def trim(self, oldest: float = 0) -> None:
        """Take away entries that are too many, or older than that time of the store's, and note the last of them.

        Only what is a chain up to the first one that stays is taken: what was tampered with is left for `audit verify`.
        """
        before = await self._state.ask("GET", self._anchor) or ""
        try:
            link, last = await self._beyond(_head(self._noted).seq - self._keep, oldest * 1000)
        except Forged:
            log.warning("the record is not whole, so it is not trimmed", record=self.name)
            return
        if last:
            note = self._state.signer.sign(str(link), self.name, "anchor")
            await self._state.run("trim", (self.stream, self._anchor), before, note, last)

    async def _beyond(self, seq: int, oldest_ms: float) -> tuple[Link, str]:
        """The last entry up to that one or older than that, and its position. Raises Forged where there is a gap."""
        link, last = await self.anchor(), ""
        async for position, entry in self.entries():
            if entry is None or not entry.follows(link):
                raise Forged
            if entry.link.seq > seq and int(position.split("-")[0]) >= oldest_ms:
                break
            link, last = entry.link, position
        return link, last


def _head(text: str) -> Link:
    """The head, whatever it says: one that is no link is followed by an entry that `audit verify` names."""
    try:
        return Link.parse(text)
    except ValueError:
        return Link(0, "?")


def _unwritten(outage: errors.StateUnavailable) -> errors.StateUnavailable:
    """The same outage for those that waited behind it, who have written nothing."""
    if isinstance(outage, errors.TakesNoWrites):
        return type(outage)(**outage.facts)
    return errors.StateUnavailable(where=outage.where)


def _moved(answer: Any) -> str:
    """The chain's head, where a script found another one than it was made for."""
    return str(answer[1]) if isinstance(answer, list) and answer and answer[0] == "moved" else ""
