"""Samples the health of the targets that others name in `after`; one replica at a time does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.log import logger
from deploy.core.together import together
from deploy.deploys.sample import sample
from deploy.deploys.steady import EVERY, Steadies

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.redis.mutex import Mutex
    from deploy.world import World

MUTEX = "sampling"
LOOK_EVERY = 5.0  # seconds between two looks whether a sample is due
HELD = 4 * LOOK_EVERY  # seconds after whose holder's death another one samples: before the gap is one

log = logger()


class Sampling:
    def __init__(self, world: World, mutex: Mutex) -> None:
        self._world = world
        self._mutex = mutex
        self._steadies = world.memory.stores.of(Steadies)
        self._sampled = tuple(_sampled(world.targets.values()))

    async def work(self) -> None:
        """Sample for ever, where any target asks for it."""
        while self._sampled:
            try:
                await self.look()
            except errors.StateUnavailable as failure:
                log.warning("health is not sampled", code=failure.code)
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Sample what is due, if no other replica does. Raises errors.StateUnavailable."""
        if self._sampled and await self._mutex.take(MUTEX, HELD):
            await together(*(self._sample(self._world.targets[name]) for name in self._sampled))

    async def _sample(self, target: Target) -> None:
        before = await self._steadies.of(target.name)
        if before is None or await self._world.memory.now() - before.seen >= EVERY:
            await self._steadies.add(target.name, await sample(self._world, target))

    async def rest(self) -> None:
        """Release the mutex, so that another replica can sample at once. Raises errors.StateUnavailable."""
        await self._mutex.give_back(MUTEX)


def _sampled(targets: Iterable[Target]) -> Iterable[str]:
    """Each target that another one names, once."""
    return dict.fromkeys(each.after.target for each in targets if each.after)
