"""Who holds what: the locks of operations, and the holds of people. Neither has a TTL; each has its index."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.model import Actor, Hold, Origin
from deploy.engine.audit import Entry
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.engine.snapshot import Snapshot
    from deploy.redis.connect import State

TERMINAL = Origin("terminal")


class BlockedBy(Exception):
    """Another operation has the lock: `snapshot` is that operation."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        super().__init__(snapshot.operation.id)


class HeldBy(Exception):
    """Somebody holds the resource: `hold` says who, and why."""

    def __init__(self, hold: Hold) -> None:
        self.hold = hold
        super().__init__(hold.resource)


class Locks:
    """Holds are set and lifted here; locks are only read here: the journal takes and releases them."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._holds = state.key("holds")
        self._locks = state.key("locks")
        self._keys = (self._holds, state.key("record"))

    async def hold(self, resource: str, actor: Actor, reason: str, origin: Origin = TERMINAL) -> Hold:
        """Freeze a resource; one's own hold gets the new reason.

        Raises:
            HeldBy: somebody else holds it.
        """
        hold = Hold(resource, actor, reason, await self._state.now())
        entry = Entry(hold.since, actor, origin, f"lock {resource} {reason}", operation="", outcome="held")
        held = await self._state.run(
            "hold", self._keys, resource, actor.id, codec.dump(Hold, hold), codec.dump(Entry, entry)
        )
        if held:
            raise HeldBy(codec.load(Hold, held))
        return hold

    async def unhold(self, resource: str, actor: Actor, origin: Origin = TERMINAL) -> Hold:
        """Lift a hold, whoever set it: the hold as it was. Raises errors.NotHeld."""
        entry = Entry(await self._state.now(), actor, origin, f"unlock {resource}", outcome="lifted")
        keys = (*self._keys, self._state.key(f"once:lifted:{token_hex(8)}"))
        held = await self._state.run("unhold", keys, resource, codec.dump(Entry, entry))
        if not held:
            raise errors.NotHeld(target=resource.removeprefix("app:"))
        return codec.load(Hold, held)

    async def holds(self) -> tuple[Hold, ...]:
        """All of them, oldest first."""
        texts = await self._state.ask("HVALS", self._holds)
        return tuple(sorted((codec.load(Hold, text) for text in texts), key=lambda hold: hold.since))

    async def locked(self) -> dict[str, str]:
        """Each locked resource, with the operation that has it."""
        return dict(await self._state.ask("HGETALL", self._locks))
