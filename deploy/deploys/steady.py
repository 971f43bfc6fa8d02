"""What a target was seen to run healthy, and for how long without a gap: what `after` of another target asks for.

A gap, as where fisk was down, is not known to have been healthy: the time counts from its end.

steady:TARGET     what it was seen to run     a day
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.core.units import instant
from deploy.core.values import dataclass
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.redis.connect import State
    from deploy.world import World

EVERY = 30.0  # seconds between two samples
RETENTION = 86_400_000  # milliseconds
GAP = 2 * EVERY  # seconds without a sample after which nobody knows what happened


@dataclass(frozen=True, slots=True)
class Sample:
    """What runs at a moment of the store's clock; without a digest, why it does not count."""

    at: float
    digest: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Steady:
    """An image that a target was seen to run healthy without a gap.

    Attributes:
        digest: of it; empty where what runs is not healthy or not known.
        since: the first sample of it.
        seen: the last one.
        why: what was seen before, where the time counts from its end.
    """

    digest: str
    since: float
    seen: float
    why: str = ""

    def known(self, now: float) -> bool:
        """Whether somebody has looked lately."""
        return now - self.seen <= GAP


def after(before: Steady | None, sample: Sample) -> Steady:
    """What is known with one more sample."""
    if not sample.digest:
        return Steady("", sample.at, sample.at, f"{sample.why} at {instant(sample.at)}")
    if before is None:
        return Steady(sample.digest, sample.at, sample.at, "fisk had not looked before")
    if why := _anew(before, sample):
        return Steady(sample.digest, sample.at, sample.at, why)
    return replace(before, seen=sample.at)


def _anew(before: Steady, sample: Sample) -> str:
    """Why the time counts from this sample; empty where it goes on."""
    if not before.known(sample.at):
        return f"nobody looked from {instant(before.seen)} to {instant(sample.at)}"
    if not before.digest:
        return before.why
    return "" if before.digest == sample.digest else "it ran another image before"


@dataclass(frozen=True, slots=True)
class Trial:
    """What the target that `after` names was seen to run; `now` is the store's clock."""

    steady: Steady | None
    now: float


class Steadies:
    """Every method may raise errors.StateUnavailable."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def of(self, target: str) -> Steady | None:
        """None where nobody has looked, or what is written down is not believed."""
        text = await self._text(target)
        return self._read(target, text) if text else None

    async def add(self, target: str, sample: Sample) -> None:
        """Note a sample; one that another replica's has overtaken meanwhile is left out."""
        text = await self._text(target)
        steady = after(self._read(target, text) if text else None, sample)
        signed = self._state.signer.sign(codec.dump(Steady, steady), self._key(target))
        await self._state.run("replace", (self._key(target),), text, signed, RETENTION)

    async def _text(self, target: str) -> str:
        return str(await self._state.ask("GET", self._key(target)) or "")

    def _read(self, target: str, text: str) -> Steady | None:
        return codec.believed(
            Steady, text, "what a target was seen to run", self._state.signer, self._key(target)
        )

    def _key(self, target: str) -> str:
        return self._state.key(f"steady:{target}")


async def trial(world: World, target: Target) -> Trial | None:
    """For the gate; None where a target asks for none. Raises errors.StateUnavailable."""
    if target.after is None:
        return None
    steady = await world.memory.stores.of(Steadies).of(target.after.target)
    return Trial(steady, await world.memory.now())
