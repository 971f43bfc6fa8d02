"""After a failover or a loss of the memory: what may begin, and what is told.

A new replication id says "look", not "lost": so each resource stays closed until what its systems show was compared
with the journal, once for all replicas. On an emptied memory nothing begins until somebody accepts it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.cancelling import end
from deploy.core.log import logger
from deploy.core.model import Actor, Operation, Resource
from deploy.core.signing import Forged
from deploy.core.values import dataclass
from deploy.engine.outbox import Outbox
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.redis.connect import State

EMPTIED, FOUND = "emptied", "reconciled"  # the outbox's kinds of messages
RECOVERED = "recovered"  # a hash: with which master each resource was compared; `*` is the first one
EVERYTHING = "*"
AGAIN_AFTER = 10.0  # seconds until systems that could not be asked are asked again

Compare = Callable[[Resource], Awaitable[tuple[str, ...]]]
log = logger("fisk.operations")


@dataclass(frozen=True, slots=True)
class Stopped:
    """An operation that nobody knows any more; `line` is what its actor typed."""

    operation: str
    actor: Actor
    line: str


@dataclass(frozen=True, slots=True)
class Emptied:
    """The memory was emptied, in the epoch that a replica knew; `stopped` is what that replica was at."""

    epoch: str
    stopped: tuple[Stopped, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What the world shows of a resource and the memory does not know, after the master became this one."""

    resource: Resource
    master: str
    findings: tuple[str, ...]


class Recovery:
    """One for a process.

    Args:
        state: the memory.
        compare: what a resource's systems show that the journal does not know; raises a SystemFailure where they
            cannot be asked.
        resources: those to be compared at once, and not only when something is to begin.
    """

    def __init__(
        self, state: State, compare: Compare | None = None, resources: Collection[Resource] = ()
    ) -> None:
        self._state = state
        self._outbox = Outbox(state)
        self._compare = compare
        self._resources = resources
        self._turns: dict[Resource, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._master = ""
        self._settled = ""
        self._emptied = False
        self.stopped: dict[str, Operation] = {}  # runs that were suspended since the last look
        self._comparing: asyncio.Task[None] | None = None

    async def watch(self, running: Collection[Operation]) -> bool:
        """Look at the servers and the epoch; whether the master is another one than at the last look.

        Raises errors.StateUnavailable.
        """
        master = (await self._state.look()).replid
        changed, self._master = self._master not in {"", master}, master
        if changed:
            self._state.counts.failed_over()
            log.warning("failover", master=master, running=[each.id for each in running])
        if await self._whole(running) and master != self._settled:
            await self._open(master)
        return changed

    async def _whole(self, running: Collection[Operation]) -> bool:
        """Whether the memory is the one that it was; where it is not, that is told once."""
        before = self._state.epoch.newest
        stopped, self.stopped = self.stopped, {}
        try:
            await self._state.epoch.check()
        except errors.MemoryEmptied:
            known = stopped | {operation.id: operation for operation in running}
            named = (Stopped(each.id, each.actor, each.line or each.kind) for each in known.values())
            await self._tell_emptied(Emptied(before, tuple(named)))
            return False
        self._emptied = False
        return True

    async def _tell_emptied(self, news: Emptied) -> None:
        if not self._emptied:
            log.warning("memory emptied", stopped=[each.operation for each in news.stopped])
            await self._outbox.post(EMPTIED, codec.dump(Emptied, news))
        self._emptied = True

    async def _open(self, master: str) -> None:
        if await self._first(master):
            self._settled = master
        elif self._comparing is None or self._comparing.done():
            self._comparing = asyncio.create_task(self._compare_all(master), name="comparing")

    async def _first(self, master: str) -> bool:
        """Whether this is the master that the memory began with, so that nothing can be lost."""
        text = self._signed(EVERYTHING, master)
        return bool(await self._state.ask("HSETNX", self._key, EVERYTHING, text)) or await self._is_open(
            EVERYTHING, master
        )

    async def _compare_all(self, master: str) -> None:
        for resource in self._resources:
            while not await self._tried(resource, master):  # noqa: ASYNC110 (another system must answer)
                await asyncio.sleep(AGAIN_AFTER)
        self._settled = master

    async def _tried(self, resource: Resource, master: str) -> bool:
        try:
            await self._compared(resource, master)
        except (errors.SystemFailure, errors.StateUnavailable) as failure:
            log.warning("not compared", resource=str(resource), why=str(failure))
            return False
        return True

    async def require_open(self, operation: Operation) -> None:
        """Compare what the operation is about, where that was not done since the last failover.

        Raises:
            errors.NotCompared: its systems cannot be asked, and it does not break the glass.
            errors.StateUnavailable: no answer.
        """
        master = (await self._state.view()).replid
        for resource in operation.resources:
            try:
                await self._compared(resource, master)
            except errors.SystemFailure as failure:
                if not operation.break_glass:
                    raise errors.NotCompared(target=resource.plain, why=str(failure)) from failure
                log.warning("begun without comparing", resource=str(resource), operation=operation.id)

    async def _compared(self, resource: Resource, master: str) -> None:
        if self._compare is None:
            return
        async with self._turns[resource]:
            if await self._is_open(str(resource), master) or await self._first(master):
                return
            if findings := await self._compare(resource):
                found = Found(resource, master, findings)
                log.warning("not in the journal", resource=str(resource), findings=findings)
                await self._outbox.post(FOUND, codec.dump(Found, found))
            await self._state.ask("HSET", self._key, str(resource), self._signed(str(resource), master))

    async def _is_open(self, resource: str, master: str) -> bool:
        text = await self._state.ask("HGET", self._key, resource) or ""
        with suppress(Forged):
            return self._state.signer.opened(text, RECOVERED, resource) == master
        return False

    async def accept(self) -> bool:
        """Go on with the memory as it is, once everything was compared; False where it is the one that it was.

        Raises errors.StateUnavailable.
        """
        with suppress(errors.MemoryEmptied):
            await self._state.epoch.check()
            return False
        await self._state.ask("HSET", self._key, EVERYTHING, self._signed(EVERYTHING, "another memory"))
        return await self._state.epoch.accept()

    async def stop(self) -> None:
        """End what is under way in the background."""
        if self._comparing is not None:
            await end([self._comparing])

    @property
    def _key(self) -> str:
        return self._state.key(RECOVERED)

    def _signed(self, resource: str, master: str) -> str:
        return self._state.signer.sign(master, RECOVERED, resource)
