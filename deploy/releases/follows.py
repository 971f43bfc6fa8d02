"""Stores how targets follow.

follows     of each target: how it follows, once a build was seen or a person said something
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from deploy.access.access import Access
from deploy.core.model import Actor
from deploy.redis import codec
from deploy.releases.following import Following, in_force

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.redis.connect import State
    from deploy.world import World

Change = Callable[[Following], Following]
UNREADABLE = Following(on=False, since=0, by=Actor("", "somebody"))


class Follows:
    """Every method may raise errors.StateUnavailable."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._key = state.key("follows")

    async def all(self) -> dict[str, Following]:
        """What is written down, by target, whatever counts now."""
        found = await self._state.ask("HGETALL", self._key)
        read = ((target, self._read(target, text)) for target, text in found.items())
        return {target: following for target, following in read if following}

    async def of(self, target: str) -> Following | None:
        return self._read(target, await self._text(target))

    async def change(self, target: str, changed: Callable[[Following | None], Following | None]) -> None:
        """Replace what is written down by what becomes of it; another replica's change in between is not lost."""
        while True:
            text = await self._text(target)
            before = self._read(target, text)
            after = changed(before)
            if after is None or after == before:
                return
            signed = self._state.signer.sign(codec.dump(Following, after), self._key, target)
            if await self._state.run("replace_field", (self._key,), target, text, signed):
                return

    async def _text(self, target: str) -> str:
        return str(await self._state.ask("HGET", self._key, target) or "")

    def _read(self, target: str, text: str) -> Following | None:
        """What is not believed, or a newer fisk's, may be a person's no: then the target does not follow."""
        if not text:
            return None
        signer, what = self._state.signer, "how a target follows"
        return codec.believed(Following, text, what, signer, self._key, target) or UNREADABLE


def said(world: World, target: str) -> bool:
    """Whether fisk.toml says that a target follows, as it is now."""
    found = world.memory.stores.of(Access).rules.targets.get(target)
    return bool(found and found.follow)


async def following(world: World, target: Target) -> Following | None:
    """How a target follows now; None where it does not. Raises errors.StateUnavailable."""
    stored = await world.memory.stores.of(Follows).of(target.name)
    return in_force(stored, await world.memory.now(), said=said(world, target.name))


async def change(world: World, target: str, changed: Change) -> None:
    """Change how a target follows, if it does. Raises errors.StateUnavailable."""
    now = await world.memory.now()

    def become(stored: Following | None) -> Following | None:
        counts = in_force(stored, now, said=said(world, target))
        return changed(counts) if counts else stored

    await world.memory.stores.of(Follows).change(target, become)


async def anybody_follows(world: World) -> bool:
    """Whether builds must be looked at for any target's sake."""
    stored, now = await world.memory.stores.of(Follows).all(), await world.memory.now()
    return any(in_force(stored.get(name), now, said=said(world, name)) for name in world.targets)
