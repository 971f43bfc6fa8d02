"""Whether fisk can see builds at all: a token that expired or lost a right is told once, and again when it works.

sight    since when builds are not seen, and why; absent while they are
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.actor import Failure
from deploy.core.values import dataclass
from deploy.engine.outbox import message
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.redis.connect import State

MESSAGE = "sight"
RETENTION = 14 * 86_400_000  # milliseconds after the last look that saw nothing
LOST, FOUND = "lost", "found"


@dataclass(frozen=True, slots=True)
class Unseen:
    """Builds have not been seen since then, in the store's seconds."""

    since: float
    error: Failure


class Sight:
    """Every method may raise errors.StateUnavailable."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._keys = (state.key("sight"), state.key("outbox"))

    async def lost(self, error: Failure) -> None:
        """Builds cannot be seen; adds an outbox message unless that is known already."""
        await self._became(LOST, codec.dump(Unseen, Unseen(await self._state.now(), error)))

    async def found(self) -> None:
        """Builds are seen; adds an outbox message where they were not."""
        if unseen := await self.present():
            await self._became(FOUND, codec.dump(Unseen, unseen))

    async def present(self) -> Unseen | None:
        """What keeps builds from being seen now; None where nothing does."""
        text = await self._state.ask("GET", self._keys[0])
        return codec.believed(Unseen, text, MESSAGE, self._state.signer, MESSAGE) if text else None

    async def _became(self, what: str, unseen: str) -> None:
        text, told = (
            self._state.signer.sign(unseen, MESSAGE),
            message(self._state, MESSAGE, f"{what} {unseen}"),
        )
        await self._state.run("sight", self._keys, what, text, RETENTION, told)

    async def forget(self) -> None:
        """Nobody looks for builds any more, so nobody would find that they are seen again."""
        await self._state.ask("DEL", self._keys[0])


def told(about: str) -> tuple[str, Unseen]:
    """What an outbox message says: LOST or FOUND, of which outage. Raises codec.Unreadable."""
    became, _, text = about.partition(" ")
    return became, codec.load(Unseen, text)
