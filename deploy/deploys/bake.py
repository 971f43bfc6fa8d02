"""After a deploy: its checks are asked again for a while, which locks nothing, by an operation of its own.

A check that fails twice in a row leads to another operation, which puts back what ran before.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.ask import known
from deploy.core.model import Failure, Operation, Target, short
from deploy.core.units import instant
from deploy.core.values import dataclass
from deploy.deploys import checking
from deploy.deploys.arguments import BakeArguments, PutBackArguments
from deploy.deploys.checking import Checked, Checks
from deploy.deploys.outcomes import Baked, BakeEnded, BakeFailed
from deploy.deploys.since import at_work, newer, other_image
from deploy.engine.kind import following
from deploy.engine.locks import BlockedBy, HeldBy

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.world import World

BAKE, PUT_BACK = "bake", "put back"  # the kinds' names


@dataclass(frozen=True, slots=True)
class Watched:
    """How it ended: `error` where checks failed, `over` where something else goes on, else by the last `checks`."""

    checks: Checks = field(default_factory=lambda: Checks(0))
    error: Failure | None = None
    over: str = ""
    unseen: float = 0.0

    @property
    def note(self) -> str:
        return self.error.sentence if self.error else self.over or self.checks.note


@dataclass(frozen=True, slots=True)
class Begun:
    """The operation that was begun, and until when it goes on; or why none was."""

    operation: str = ""
    until: float = 0.0
    why: str = ""

    @property
    def note(self) -> str:
        return self.operation or self.why


# --- beginning


async def begin(world: World, op: Op, target: Target, sha: str, digest: str) -> Begun:
    """Begin to bake what this deploy brought. Its id follows from the deploy's, so that doing it twice does it once."""
    id_ = baking_of(op.operation.id, target.name)
    if earlier := await _earlier(world, id_):
        return Begun(id_, _until(earlier))
    now = await world.memory.now()
    until = now + target.bake
    arguments = BakeArguments(target.name, sha, op.operation.id, digest, until)
    baking = replace(
        op.operation, id=id_, kind=BAKE, created=now, resources=(), arguments=arguments, usual=target.bake
    )
    try:
        await _submit(world, op, replace(baking, approved=(), plan="", break_glass=""))
    except BlockedBy:
        return Begun(id_, until)  # an earlier run's request was late
    except errors.Refusal as refusal:
        return Begun(why=str(refusal))
    return Begun(id_, until)


def baking_of(deploy: str, target: str) -> str:
    """The id of the operation that bakes what a deploy brought to a target; one to a group brings something to each."""
    return f"b{following(f'{deploy} {target}')[1:]}"


async def _earlier(world: World, id_: str) -> Operation | None:
    """The operation, where an earlier run submitted it."""
    try:
        return (await world.memory.journal.load(id_)).operation
    except errors.UnknownOperation:
        return None


def _until(baking: Operation) -> float:
    return getattr(baking.arguments, "until", 0.0)


async def _submit(world: World, op: Op, operation: Operation) -> None:
    """Raises BlockedBy, HeldBy, and what else submitting raises but errors.Draining."""
    while True:
        try:
            return await world.memory.submit(operation)
        except errors.Draining:
            await op.report("fisk shuts down here; another one goes on")
            await op.pause(world.timeouts.poll)


# --- the operation


async def bake(world: World, op: Op) -> Outcome:
    """Ask the checks again until it is proven; where some fail, begin to put back what ran before."""
    asked = op.arguments(BakeArguments)
    target = world.targets.named(asked.target)
    world = world.of(target)
    found = await op.step("bake", Watched, lambda: _Look(world, op, target, asked).until_proven())
    if found.over:
        return BakeEnded(target.name, asked.ref, found.over)
    if found.error is None:
        return _baked(op, asked, found)
    error = found.error
    begun = await op.step("put back", Begun, lambda: _put_back(world, op, target, asked, error))
    return BakeFailed(error, target.name, asked.ref, begun.operation, begun.why)


def _baked(op: Op, asked: BakeArguments, found: Watched) -> Baked:
    seconds = asked.until - op.operation.created
    return Baked(asked.target, asked.ref, seconds, found.checks.passed, found.checks.unknown, found.unseen)


class _Look:
    """The looks of one run."""

    def __init__(self, world: World, op: Op, target: Target, asked: BakeArguments) -> None:
        self._world, self._op, self._target, self._asked = world, op, target, asked
        self._failing: frozenset[str] = frozenset()

    async def until_proven(self) -> Watched:
        unseen = await self._unseen()
        while True:
            found = await self._once()
            if found is not None:
                return replace(found, unseen=unseen)
            await self._note(unseen)
            await self._op.pause(await self._pause())

    async def _once(self) -> Watched | None:
        """Its end, where this look is the last one."""
        world, target = self._world, self._target
        if busy := await at_work(world, target):
            await self._wait_for(busy)
            return None
        if over := await self._over():
            return Watched(over=over)
        began = await world.memory.now()
        return await self._judged(await checking.ask_all(world, target), began)

    async def _wait_for(self, busy: str) -> None:
        """The deploy itself has a moment left; any other operation may yet be refused."""
        if busy != self._asked.deploy:
            await self._op.report(f"{busy} is at work on {self._target.name}")

    async def _judged(self, found: tuple[Checked, ...], began: float) -> Watched | None:
        failed = checking.failed(found)
        again = tuple(each for each in failed if each.name in self._failing)
        self._failing = frozenset(each.name for each in failed)
        if again:
            error = checking.failure(self._target, short(self._asked.ref), again)
            return Watched(error=error.failure)
        if not failed and began >= self._asked.until:
            return Watched(checking.summed(found))
        summed, when = checking.summed(found), instant(began)
        await self._op.report(f"{summed.note} at {when}; bakes until {instant(self._asked.until)}")
        return None

    async def _over(self) -> str:
        """What goes on instead; empty where it is what it was."""
        if operation := await newer(self._world, self._target, self._asked.deploy):
            return f"{operation} came after it"
        other = known(await other_image(self._world, self._target, self._asked.digest))
        return f"{self._target.name} runs {other} now" if other else ""

    async def _pause(self) -> float:
        """Until the next look; the last one is at the end."""
        left = self._asked.until - await self._world.memory.now()
        every = self._world.timeouts.bake_every
        return min(every, left) if left > 0 else min(every, self._world.timeouts.poll)

    # --- how long nobody looked, over all runs

    async def _unseen(self) -> float:
        """The longest time without a look, as far as it is more than a run that takes over needs."""
        last, longest = await self._noted()
        gap = await self._world.memory.now() - last
        return max(longest, gap if gap > 2 * self._world.timeouts.bake_every else 0.0)

    async def _noted(self) -> tuple[float, float]:
        (noted,) = await self._world.memory.cache.get(self._key)
        last, _, longest = noted.partition(" ")
        return float(last or self._op.operation.created), float(longest or 0)

    async def _note(self, unseen: float) -> None:
        await self._world.memory.cache.set(self._key, f"{await self._world.memory.now()} {unseen}")

    @property
    def _key(self) -> str:
        return f"bake:{self._op.operation.id}"


async def _put_back(world: World, op: Op, target: Target, asked: BakeArguments, error: Failure) -> Begun:
    """Begin to put back what ran before, unless that is somebody else's by now; an earlier run may have done so."""
    id_ = f"p{op.operation.id[1:]}"
    if await _earlier(world, id_):
        return Begun(id_)
    if why := await not_ours(world, target, asked.deploy, asked.digest):
        return Begun(why=why)
    arguments = PutBackArguments(target.name, asked.ref, asked.deploy, asked.digest, error)
    operation = replace(
        op.operation,
        id=id_,
        kind=PUT_BACK,
        created=await world.memory.now(),
        resources=(target.resource,),
        arguments=arguments,
        usual=0,
    )
    try:
        await _submit(world, op, operation)
    except BlockedBy as blocked:
        return _blocked(id_, blocked.snapshot.operation.id)
    except HeldBy as held:
        return Begun(why=f"it is on hold: {held.hold.reason}")
    return Begun(id_)


def _blocked(id_: str, by: str) -> Begun:
    """By itself where an earlier run's request was late."""
    return Begun(id_) if by == id_ else Begun(why=f"{by} has begun since")


async def not_ours(world: World, target: Target, deploy: str, digest: str) -> str:
    """Why what runs is not for fisk to put back by itself; empty where it is."""
    if operation := await newer(world, target, deploy):
        return f"{operation} came after it"
    other = await other_image(world, target, digest)
    if isinstance(other, str):
        return f"{target.name} runs {other} now" if other else ""
    return f"whether it still runs is not known ({other.why.rstrip('.')})"
