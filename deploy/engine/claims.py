"""Which operation a worker may claim; those that nobody runs until a person says so, and those of other versions.

An operation under which runner after runner dies, or whose record is not as it should be, is set aside: it keeps its
locks, and is retried or abandoned by a person. What is in a form that this fisk does not know is left to another one.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from contextlib import suppress
from secrets import token_hex
from typing import TYPE_CHECKING, Any, NoReturn

from deploy.core import errors
from deploy.core.events import SetAside
from deploy.core.log import logger
from deploy.core.model import Actor, Opaque, Operation, Origin
from deploy.core.signing import Forged, Newer
from deploy.core.values import dataclass
from deploy.engine import ends
from deploy.engine.audit import Entry, dump
from deploy.engine.leases import Lease, Leases, Lost
from deploy.engine.outbox import message
from deploy.engine.snapshot import Snapshot, read

if TYPE_CHECKING:
    from deploy.core.signing import Signer
    from deploy.engine.records import Records

MOST_DUE = 100  # operations examined in one search for work
DEATHS = 3  # runners that may die under an operation without a step's end in between
STAYS = 10.0  # seconds without a worker after which an operation of another version counts as staying
SET_ASIDE = "set_aside"  # the outbox's kind of message

BECAUSE = {
    "died": f"{DEATHS} runners died under it without a step's end in between",
    "forged": "what is written down of it is not as this installation wrote it",
    "ended": "it has ended before, whatever its record says",
    "unreadable": "fisk cannot read what is written down of it",
    "version": "another version of fisk must go on with it, since this one cannot read all of it",
}
NOT_MINE, DIED = -1, -2  # what claim.lua answers besides a fence

log = logger("fisk.operations")


@dataclass(frozen=True, slots=True)
class Aside:
    """An unfinished operation that nobody runs; `why` is a key of BECAUSE, or another version's."""

    operation: str
    why: str

    @property
    def because(self) -> str:
        """The clause that people read."""
        return BECAUSE.get(self.why, "another version of fisk says so")


class Claims(Leases):
    """Claiming, and what is not to be claimed. `_left`: the ids that this process leaves to another version."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._left: set[str] = set()
        self._kept: list[Lease] = []  # that could not be handed over in an outage

    async def load(self, operation: str) -> Snapshot:
        """Load an operation; an end that it shows is never untold.

        Raises errors.UnknownOperation; as UnreadableOperation, SetAside or OtherVersion, too.
        """
        record = await self.state.ask("HGETALL", self._op + operation)
        if "operation" not in record:
            raise self._unknown(operation)
        try:
            snapshot = read(record, operation, self.records, self.state.signer)
        except (KeyError, ValueError):
            why = judge(record, operation, self.records, self.state.signer)
        else:
            if snapshot.finished:
                await self.state.lasting(snapshot.finished)
            return snapshot
        if why == "version":
            raise errors.OtherVersion(operation=operation, days=self.keep_days)
        if (
            await self.state.ask("ZSCORE", self._leases, operation) is not None
        ):  # even one that is set aside has a lease
            self._refuse(operation, why or "unreadable")
        raise errors.UnreadableOperation(operation=operation, days=self.keep_days)

    async def require_open(self, operation: Operation) -> None:
        """Raise errors.SetAside for an operation that has ended, whatever its record says now."""
        if await ends.has_ended(self.state, operation, self.keep_days):
            self._refuse(operation.id, "ended")

    def _refuse(self, operation: str, why: str) -> NoReturn:
        raise errors.SetAside(operation=operation, days=self.keep_days, why=why, because=BECAUSE[why])

    # --- claiming

    async def claim(
        self, runner: str, *, kinds: Collection[str] = (), but: Collection[str] = ()
    ) -> Lease | None:
        """Claim an operation without a worker, longest waiting first; only `kinds`, and none of the ids in `but`."""
        for id_ in await self.state.run("due", (self._leases,), MOST_DUE):
            if id_ not in but and (lease := await self.take(id_, runner, kinds)):
                return lease
        return None

    async def next_due(self, most: float) -> float:
        """Seconds until a lease runs out, unless it is renewed; at most so many."""
        left = int(await self.state.run("next_due", (self._leases,)))
        return most if left < 0 else min(most, (left + 1) / 1000)

    async def take(self, operation: str, runner: str, kinds: Collection[str] = ()) -> Lease | None:
        """Claim this operation, unless a worker runs it, its kind is not one of `kinds`, or it is not to be run."""
        if operation in self._left:
            return None
        key = self._op + operation
        keys = (self._leases, self._fence, key, key + ":events")
        args = (operation, runner, self._lease_ms, token_hex(8), DEATHS, *kinds)
        try:
            fence = await self.state.run_confirmed("claim", keys, *args)
        except errors.Unconfirmed:
            await self._give_back(operation, runner)
            raise
        if fence in {NOT_MINE, DIED}:
            await self._not_claimed(operation, "died" if fence == DIED else "")
        return Lease(operation, fence, runner) if fence > 0 else None

    async def _give_back(self, operation: str, runner: str) -> None:
        """Release a lease that does not count: nobody runs it until then."""
        with suppress(errors.StateUnavailable, Lost):
            fence, holder = await self.state.ask("HMGET", self._op + operation, "fence", "runner")
            if holder == runner:
                await self.hand_over(Lease(operation, int(fence), runner))

    async def _not_claimed(self, operation: str, why: str) -> None:
        record = await self.state.ask("HGETALL", self._op + operation)
        why = why or judge(record, operation, self.records, self.state.signer)
        if why == "version":
            self._leave(operation)
        elif why:
            await self.set_aside(operation, record.get("fence", ""), why)

    async def resumed(self, lease: Lease) -> Snapshot:
        """What is to be run under a new lease.

        Raises errors.UnreadableOperation: it was set aside, or left to another version.
        """
        try:
            snapshot = await self.load(lease.operation)
            await self.require_open(snapshot.operation)
        except errors.SetAside as aside:
            await self.set_aside(lease.operation, str(lease.fence), aside.why)
            raise
        except errors.OtherVersion:
            await self.let_go(lease, leave=True)
            raise
        if isinstance(snapshot.operation.arguments, Opaque):
            await self.let_go(lease, leave=True)
            raise errors.OtherVersion(operation=lease.operation, days=self.keep_days)
        if snapshot.step:
            self.state.counts.took_over()
        return snapshot

    async def retry(self, operation: str, actor: Actor, origin: Origin) -> None:
        """Let workers claim it again, with an audit entry. Raises errors.NotSetAside."""
        what, now = f"op {operation} retry", await self.state.now()
        entry = dump(Entry(now, actor, origin, what, outcome="retried", operation=operation))
        keys = (self._leases, self._op + operation, self._wake)
        if not await self.state.deeds.append("retry", keys, entry, operation):
            raise errors.NotSetAside(operation=operation, verb="retry")

    async def let_go(self, lease: Lease, *, leave: bool = False) -> None:
        """Hand it over, or leave it to another version; in an outage `release` does it later."""
        try:
            await (self.leave(lease) if leave else self.hand_over(lease))
        except Lost:
            pass  # somebody else has it already
        except errors.StateUnavailable:
            self._kept.append(lease)

    async def release(self) -> None:
        """Hand over what could not be in an outage. Where it was claimed since, its runner had not died."""
        while self._kept:
            lease = self._kept[0]
            keys = (self._op + lease.operation, self._leases, self._wake)
            await self.state.run("survive", keys, lease.operation, lease.fence)
            self._kept.pop(0)

    # --- setting aside, and leaving to others

    async def set_aside(self, operation: str, fence: str, why: str) -> None:
        """Let no worker claim it; it stays listed, with its locks, until a person says so. It is told, once."""
        key = self._op + operation
        keys = (self._leases, self._fence, key, key + ":events", self.state.key("outbox"))
        signed, event = self.signed(operation, "aside", why), self.told(operation, SetAside(why, 0))
        telling = message(self.state, SET_ASIDE, f"{operation} {token_hex(4)}")  # each time is told by itself
        if await self.state.run("set_aside", keys, operation, fence, signed, event, telling):
            log.warning("set aside", operation=operation, why=why)

    async def leave(self, lease: Lease) -> None:
        """Let another version go on with it; this process does not claim it again. Raises Lost."""
        self._leave(lease.operation)
        await self.hand_over(lease, "version")

    def _leave(self, operation: str) -> None:
        self._left.add(operation)
        log.warning("left to another version of fisk", operation=operation)

    async def listen(self, after: str, seconds: float) -> tuple[str, list[tuple[str, str]]]:
        """As in Leases; what is retried may be claimed here, too."""
        after, news = await super().listen(after, seconds)
        self._left -= {operation for what, operation in news if what == "retried"}
        return after, news

    async def aside(self) -> tuple[Aside, ...]:
        """The unfinished operations that are set aside, or will be as soon as a worker meets them; and those of another
        version that no worker has claimed for a while.
        """
        told = iter(await self.state.ask("ZRANGE", self._leases, 0, -1, "WITHSCORES"))
        leases = {id_: float(until) / 1000 for id_, until in zip(told, told, strict=True)}
        records = await self.state.hashes([self._op + id_ for id_ in leases])
        stays = await self.state.now() - STAYS if leases else 0
        found = (
            self._aside(id_, until, record, stays=until < stays)
            for (id_, until), record in zip(leases.items(), records, strict=True)
            if record
        )
        return tuple(each for each in found if each)

    def _aside(self, operation: str, until: float, record: dict[str, str], *, stays: bool) -> Aside | None:
        signer = self.state.signer
        why = judge(record, operation, self.records, signer)
        if not why or math.isinf(until):
            why = _noted(record, operation, signer) or why
        if math.isinf(until):
            return Aside(operation, why or "forged")
        return Aside(operation, why) if why and (stays or why != "version") else None


def judge(record: dict[str, str], operation: str, records: Records, signer: Signer) -> str:
    """Why this fisk does not run an operation that has this record; empty where it does."""
    try:
        snapshot = read(record, operation, records, signer)
    except Forged:
        return "forged"
    except Newer:
        return "version"
    except (KeyError, ValueError):
        return _unread(record, operation, signer)
    return "version" if isinstance(snapshot.operation.arguments, Opaque) else ""


def _unread(record: dict[str, str], operation: str, signer: Signer) -> str:
    """Whether another version may read it, or nobody."""
    text = record.get("operation")
    older = text and signer.verified(text, operation, "operation")[0] != signer.version
    return "version" if older else "unreadable"


def _noted(record: dict[str, str], operation: str, signer: Signer) -> str:
    """Why it was set aside or left, as its worker noted."""
    try:
        return signer.opened(record["aside"], operation, "aside")
    except (KeyError, ValueError):
        return ""
