"""When somebody else is at it: say who, what, at which step, since when, and its last sign of life."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.model import Actor, Hold, Offer, Operation, short
from deploy.core.units import minutes

if TYPE_CHECKING:
    from deploy.engine.journal import Snapshot
    from deploy.world import World

DOING = {
    "buildkit restart": "is restarting BuildKit on",
    "buildkit recreate": "is making BuildKit anew on",
    "runner restart": "is restarting the runner",
    "deploy": "is deploying",
    "rollback": "is rolling back",
    "build rerun": "is running again the build of",
    "build cancel": "is stopping the build of",
    "build start": "is starting a build with",
    "env copy": "is copying variables to",
    "env undo": "is putting back the variables of",
}
OF_A_COMMIT = frozenset({"deploy", "build rerun", "build cancel"})


def locked(snapshot: Snapshot, now: float, *, again: str = "") -> errors.Refusal:
    """The refusal of a line that meets another operation's lock; `again` is the line that waits for it."""
    operation = snapshot.operation
    if not snapshot.known:
        return errors.LockedForUnknown(
            target=plain(operation.resources[0]), operation=operation.id, offers=(unlocking(operation),)
        )
    step = f"step {snapshot.step}" if snapshot.step else "about to begin"
    life = f"last sign of life {minutes(now - snapshot.seen)} ago" if snapshot.seen else "no sign of life yet"
    said = f"; {snapshot.progress.rstrip('.')}" if snapshot.progress else ""
    activity = f"{subject(operation)} ({step}, {minutes(now - operation.created)}; {life}{said})"
    after = (Offer("Deploy after it", again),) if again else ()
    offers = (*after, Offer("Show it", f"op {operation.id}"))
    return errors.Locked(
        holder=name(operation.actor), activity=activity, operation=operation.id, offers=offers
    )


async def buildkit_is_free(world: World) -> None:
    """While BuildKit is restarted, or waits to be, fisk starts no build on it. Raises errors.Locked."""
    if world.systems.buildkit is None:
        return
    resource = world.systems.buildkit.spec.resource
    operation = (await world.memory.locks.locked()).get(resource)
    if operation is not None:
        raise locked(await world.memory.journal.holder(operation, resource), await world.memory.now())


def subject(operation: Operation) -> str:
    """What an operation does, as in `is deploying 3f2a1b9 to app`."""
    doing = DOING.get(operation.kind, f"is busy with a {operation.kind} of")
    ref = short(operation.arguments.get("ref", ""))
    target = operation.arguments.get("target", "")
    where = f"to {target}" if operation.kind == "deploy" else target
    return " ".join(word for word in (doing, ref if operation.kind in OF_A_COMMIT else "", where) if word)


def plain(resource: str) -> str:
    """A resource as people type it: a target by its name, anything else as it is."""
    return resource.removeprefix("app:")


def unlocking(operation: Operation) -> Offer:
    """The way to take its lock away, which asks first."""
    return Offer("Take the lock away", f"unlock {plain(operation.resources[0])} --force", danger=True)


def on_hold(hold: Hold) -> errors.OnHold:
    """The refusal of a line that meets a person's hold."""
    since = time.strftime("%d %b %H:%M UTC", time.gmtime(hold.since))
    target = hold.resource.partition(":")[2]
    return errors.OnHold(holder=name(hold.actor), target=target, since=since, reason=hold.reason)


def name(actor: Actor) -> str:
    """`@ana`, or `ana at a terminal`: named, never pinged."""
    if actor.id.startswith("cli:"):
        return f"{actor.id.removeprefix('cli:')} (terminal)"
    return f"@{actor.name or actor.id}"
