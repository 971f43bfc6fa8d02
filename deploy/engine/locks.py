"""Who holds what: the locks of operations, and the holds of people. Neither has a TTL; each has its index."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.log import logger
from deploy.core.model import Actor, Hold, Origin, Resource
from deploy.core.signing import Forged
from deploy.core.values import dataclass
from deploy.engine.audit import Entry, Reckoned, dump
from deploy.engine.outbox import Outbox
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.core.freeze import Freezes
    from deploy.core.model import Operation
    from deploy.core.signing import Signer
    from deploy.engine.snapshot import Snapshot
    from deploy.redis.connect import State

TERMINAL = Origin("terminal")
LIFTED = "lifted"  # the outbox's kind of message
HOLD, FREEZE = "hold", "freeze"  # the gates' names, and what `Operation.passes` has
UNREADABLE = "what is written down of it cannot be read by this fisk"

log = logger("fisk.operations")


async def not_frozen(operation: Operation, freezes: Freezes, clock: Reckoned) -> None:
    """Raise HeldBy where a window of fisk.toml's is open over what the operation locks, and it does not go past it."""
    if not freezes.windows or FREEZE in operation.passes:
        return
    if held := freezes.over(operation.resources, await clock.now()):
        raise HeldBy(held)


class BlockedBy(Exception):
    """Another operation has the lock: `snapshot` is that operation."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        super().__init__(snapshot.operation.id)


class HeldBy(Exception):
    """A person holds the resource: `hold` says who, and why."""

    def __init__(self, hold: Hold) -> None:
        self.hold = hold
        super().__init__(str(hold.resource))


@dataclass(frozen=True, slots=True)
class Lifted:
    """Somebody else's hold was lifted, which its owner is told."""

    hold: Hold
    by: Actor


class Locks:
    """Holds are set and lifted here; locks are only read here: the journal takes and releases them."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._clock = Reckoned(state)
        self._holds = state.key("holds")
        self._locks = state.key("locks")

    async def hold(
        self, resource: Resource, actor: Actor, reason: str, origin: Origin = TERMINAL, until: float = 0
    ) -> Hold:
        """Hold a resource, until some time of the store's or for good (0). The actor's own hold is replaced.

        Raises:
            HeldBy: another person holds it.
        """
        hold = Hold(resource, actor, reason, await self._state.now(), until)
        entry = Entry(hold.since, actor, origin, f"lock {resource} {reason}", operation="", outcome="held")
        held = await self._state.deeds.append(
            "hold", (self._holds,), dump(entry), str(resource), actor.id, self._signed(hold)
        )
        if held is not None:
            raise HeldBy(read_hold(resource, held, self._state.signer))
        return hold

    async def unhold(self, resource: Resource, actor: Actor, origin: Origin = TERMINAL) -> Hold:
        """Lift a hold, whoever set it, and return it; its owner is told. Raises errors.NotHeld."""
        entry = Entry(await self._state.now(), actor, origin, f"unlock {resource}", outcome="lifted")
        keys = (self._holds, self._state.key(f"once:lifted:{token_hex(8)}"))
        held = await self._state.deeds.append("unhold", keys, dump(entry), str(resource))
        if held is None:
            raise errors.NotHeld(target=resource.plain)
        hold = read_hold(resource, held, self._state.signer)
        if hold.actor.id not in {"", actor.id}:
            await self._tell(Lifted(hold, actor))
        return hold

    async def _tell(self, lifted: Lifted) -> None:
        try:
            await Outbox(self._state).post(LIFTED, codec.dump(Lifted, lifted))
        except errors.StateUnavailable:  # it is lifted: the one who did it must hear that
            log.warning("a hold's owner is not told that it was lifted", resource=str(lifted.hold.resource))

    def _signed(self, hold: Hold) -> str:
        return self._state.signer.sign(codec.dump(Hold, hold), HOLD, str(hold.resource))

    async def holds(self) -> tuple[Hold, ...]:
        """All that have not ended, oldest first."""
        found, now = await self._state.ask("HGETALL", self._holds), await self._clock.now()
        signer = self._state.signer
        holds = [read_hold(Resource.parse(resource), text, signer) for resource, text in found.items()]
        going_on = (hold for hold in holds if not hold.until or hold.until > now)
        return tuple(sorted(going_on, key=lambda hold: hold.since))

    async def locked(self) -> dict[Resource, str]:
        """Each locked resource, with the operation that has it."""
        found = await self._state.ask("HGETALL", self._locks)
        return {Resource.parse(resource): operation for resource, operation in found.items()}


def read_hold(resource: Resource, text: str, signer: Signer) -> Hold:
    """Parse a hold. One that this fisk cannot read, or does not believe, still holds: ambiguity fails closed."""
    try:
        return codec.load(Hold, signer.opened(text, HOLD, str(resource)))
    except ValueError as error:
        log.warning("unreadable record", of="hold", resource=str(resource), forged=isinstance(error, Forged))
        return Hold(resource, Actor("", "somebody"), UNREADABLE, 0)
