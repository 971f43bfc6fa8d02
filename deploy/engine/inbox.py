"""The inbox: what somebody typed or pressed is in it before Slack hears that it arrived, until it is answered.

Whoever puts a line in handles it at once. One that is not kept any more, since its bot died or lost its memory, is
taken by any other one. Lines and answers are encrypted and signed.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from deploy.core import errors
from deploy.core.log import logger
from deploy.core.signing import Forged, Newer
from deploy.core.values import dataclass
from deploy.engine.audit import Reckoned
from deploy.engine.left import Left
from deploy.engine.outbox import message
from deploy.redis.mutex import renewed

if TYPE_CHECKING:
    from deploy.core.seal import Seal
    from deploy.redis.connect import State

INBOX, GROUP = "inbox", "handlers"
WITHIN = 1.0  # seconds in which a line is written, or refused
ON_ITS_WAY = 0.2  # of these, for an answer of the store's that was in time
REMEMBERED = 3 * 86_400_000  # milliseconds for which a request's id is
STALE = 5.0  # seconds without a sign of life from whoever handles a line
DOUBLINGS = 5  # of that time, one for each try before
AT_ONCE = 10**9  # milliseconds: longer than any wait

log = logger("fisk.operations")


class TakenOver(Exception):
    """Another process has the line by now, and answers it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A line that this process handles.

    Attributes:
        id: its place in the inbox.
        key: Slack's id of the request.
        text: the line, as it was put.
        tries: how often it was taken, this time included.
        answer: what it was answered, where it was handled and only not everybody has heard; else empty.
        sent: how often Slack was given that answer, or may have been.
    """

    id: str
    key: str
    text: str
    tries: int = 1
    answer: str = ""
    sent: int = 0

    @property
    def at(self) -> float:
        """When it was put, in seconds by the store's clock."""
        return int(self.id.partition("-")[0]) / 1000


class Inbox:
    """`consumer`: this process. `stale`: seconds after which others take a line that is not kept."""

    def __init__(self, state: State, seal: Seal, consumer: str, *, stale: float = STALE) -> None:
        self._state = state
        self._seal = seal
        self._consumer = consumer
        self._stale = stale
        self._clock = Reckoned(state)
        self._doubtful: dict[str, str] = {}
        self._key, self._answers = state.key(INBOX), state.key("inbox:answers")
        self._noted = Left(state, INBOX)

    async def put(self, key: str, text: str) -> Taken | None:
        """Write a line and take it, in one round trip; None where its request was put before.

        Raises:
            errors.NotTaken: it is not written within a second. What is on its way is refused, or taken back by `take`.
            errors.TakesNoWrites: the store says so.
        """
        mine = token_hex(8)
        try:
            async with asyncio.timeout(WITHIN):
                id_ = await self._put(key, mine, self.closed(text, key))
        except errors.TakesNoWrites:
            raise
        except (errors.StateUnavailable, TimeoutError) as error:
            self._doubtful[key] = mine
            raise errors.NotTaken(where=self._state.shown) from error
        return Taken(id_, key, text) if id_ else None

    async def _put(self, key: str, mine: str, line: str) -> str:
        """The line's id; empty where its request was put before."""
        while True:
            latest = int((await self._clock.now() + WITHIN - ON_ITS_WAY) * 1000)
            args = (GROUP, self._consumer, mine, latest, REMEMBERED, key, line)
            id_ = await self._state.run_confirmed("put", (self._once(key), self._key), *args)
            if id_ != "late":
                return str(id_ or "")
            self._clock = Reckoned(self._state)  # or this host's own clock was set

    async def _take_back(self) -> None:
        """Take back what may have been written although no answer came."""
        for key, mine in tuple(self._doubtful.items()):
            await self._state.run("unput", (self._once(key), self._key), GROUP, self._consumer, mine)
            del self._doubtful[key]

    async def now(self) -> float:
        """The store's clock, in seconds. Raises errors.StateUnavailable."""
        return await self._clock.now()

    async def take(self) -> Taken | None:
        """Take a line that nobody handles any more. Raises errors.StateUnavailable."""
        await self._take_back()
        args = (GROUP, self._consumer, int(self._stale * 1000), DOUBLINGS)
        found = await self._state.run("take_line", (self._key, self._answers), *args)
        return await self._believed(Taken(*found)) if found else None

    async def _believed(self, line: Taken) -> Taken | None:
        """The line, if fisk put it there; one by somebody else is deleted, so that it delays no other."""
        try:
            text, answer = self.opened(line.text, line.key), self.opened(line.answer, line.id)
        except Forged:
            log.warning("forged record", of="inbox", id=line.id)
            await self.done(line)
        except (Newer, errors.WrongKey) as why:
            await self.leave_to_another(line, str(why))
        else:
            return replace(line, text=text, answer=answer)
        return None

    def closed(self, text: str, name: str) -> str:
        """Encrypted and signed, as what belongs to this name."""
        return self._state.signer.sign(self._seal.close(text.encode(), _place(name)), INBOX, name)

    def opened(self, closed: str, name: str) -> str:
        """Raises Forged and Newer, and errors.WrongKey."""
        if not closed:
            return ""
        return self._seal.open(self._state.signer.opened(closed, INBOX, name), _place(name)).decode()

    def kept(self, line: Taken) -> AbstractAsyncContextManager[None]:
        """During the block, nobody else takes the line."""
        return renewed(partial(self._idle, line, 0), self._stale)

    async def leave(self, line: Taken) -> None:
        """Let another process take it at once. Raises errors.StateUnavailable."""
        await self._idle(line, AT_ONCE)

    async def leave_to_another(self, line: Taken, why: str) -> None:
        """Leave a line for another version of fisk, and note it, for `status`. Raises errors.StateUnavailable."""
        log.warning("a line is left to another version of fisk", id=line.id, tries=line.tries, why=why)
        await self._noted.note(line.id)

    async def _idle(self, line: Taken, milliseconds: int) -> None:
        await self._mine("keep_line", (self._key,), line, milliseconds)

    async def answered(self, line: Taken, answer: str) -> Taken | None:
        """Note the answer before Slack is given it, so that nobody runs the line again; None where another has it.

        Raises errors.StateUnavailable.
        """
        closed = self.closed(answer, line.id)
        if not await self._mine("answer_line", (self._key, self._answers), line, closed):
            return None
        return replace(line, answer=answer, sent=1)

    async def sending(self, line: Taken, times: int = 1) -> int:
        """Count that the answer is sent once more; how often that makes.

        Raises TakenOver where another process has it, and errors.StateUnavailable.
        """
        keys = (self._key, self._answers)
        sent = await self._state.run("count_sent", keys, GROUP, self._consumer, line.id, times)
        if sent is None:
            raise TakenOver(line.id)
        return int(sent)

    async def done(self, line: Taken) -> bool:
        """Take it out; False where another has it. Raises errors.StateUnavailable."""
        return await self._end(line)

    async def handed_on(self, line: Taken, kind: str, about: str) -> bool:
        """Take it out, and have the outbox tell its answer, atomically; False where another has it."""
        return await self._end(line, kind, message(self._state, kind, about))

    async def _end(self, line: Taken, *told: str) -> bool:
        keys = (self._key, self._answers, self._state.key("outbox"), self._noted.key)
        return await self._mine("end_line", keys, line, *told)

    async def _mine(self, script: str, keys: tuple[str, ...], line: Taken, *args: Any) -> bool:
        """Run a script that does nothing where another process has the line."""
        return bool(await self._state.run(script, keys, GROUP, self._consumer, line.id, *args))

    def _once(self, key: str) -> str:
        return self._state.key(f"once:{key}")


def _place(name: str) -> str:
    return f"{INBOX} {name}"
