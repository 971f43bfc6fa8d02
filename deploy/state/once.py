"""Once only: what may arrive twice (a trigger id, an event id) is handled the first time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.state.connect import State


async def first(state: State, key: str, seconds: int) -> bool:
    """Whether nobody asked for this key in the last `seconds`, on any replica."""
    return bool(await state.ask("SET", state.key(f"once:{key}"), "1", "NX", "EX", seconds))
