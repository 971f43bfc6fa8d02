"""Which bots are alive: each writes a signed sign of life that expires by itself."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.log import logger
from deploy.core.signing import Forged
from deploy.core.values import dataclass
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.redis.connect import State

EVERY = 5.0  # seconds between two signs of life
KEPT = 3 * EVERY  # seconds after which a bot without one counts as gone
REPLICA = "replica"

log = logger("fisk.operations")


@dataclass(frozen=True, slots=True)
class Replica:
    """A bot that is alive. `version` is empty where this one cannot read it; `since`: the store's time in seconds."""

    runner: str
    version: str = ""
    since: float = 0


class Replicas:
    """The signs of life. Every method but `work` may raise errors.StateUnavailable."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._index = state.key("replicas")

    async def work(self, runner: str, version: str) -> None:
        """Give signs of life until cancelled; then nobody waits for this bot any more."""
        me: Replica | None = None
        try:
            while True:
                try:
                    me = me or Replica(runner, version, await self._state.now())
                    await self.beat(me)
                except errors.StateUnavailable as outage:
                    log.warning("no sign of life", why=str(outage))
                await asyncio.sleep(EVERY)
        finally:
            with suppress(errors.StateUnavailable):
                await self.leave(runner)

    async def beat(self, replica: Replica) -> None:
        """Write a sign of life."""
        text = self._state.signer.sign(codec.dump(Replica, replica), REPLICA, replica.runner)
        keys = (self._key(replica.runner), self._index)
        await self._state.run("beat", keys, replica.runner, text, int(KEPT * 1000))

    async def leave(self, runner: str) -> None:
        """Take it back."""
        await self._state.ask("DEL", self._key(runner))
        await self._state.ask("ZREM", self._index, runner)

    async def alive(self) -> tuple[Replica, ...]:
        """The bots that gave a sign of life lately, the oldest first."""
        runners = await self._state.ask("ZRANGE", self._index, 0, -1)
        texts = [await self._state.ask("GET", self._key(runner)) for runner in runners]
        found = [self._read(runner, text) for runner, text in zip(runners, texts, strict=True) if text]
        return tuple(sorted(filter(None, found), key=lambda each: (each.since, each.runner)))

    def _read(self, runner: str, text: str) -> Replica | None:
        """What a bot wrote; None for what is not a sign of fisk's."""
        try:
            return codec.load(Replica, self._state.signer.opened(text, REPLICA, runner))
        except Forged:
            log.warning("forged record", of="sign of life", runner=runner)
            return None
        except ValueError:
            return Replica(runner)

    def _key(self, runner: str) -> str:
        return self._state.key(f"{REPLICA}:{runner}")
