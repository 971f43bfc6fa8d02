"""What targets that follow their branch still want, as it stands in Redis."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redis import Redis


def waiting(redis: Redis, newest: str, pushed: float) -> tuple[str, ...]:
    """The targets that follow, that nobody holds, and that have not begun what was pushed last, at this time."""
    texts: Any = redis.hgetall("{fisk}:follows")
    held = redis.hkeys("{fisk}:holds")
    follows = {target: json.loads(text[text.index("{") :]) for target, text in texts.items()}
    return tuple(
        target
        for target, told in follows.items()
        if f"app:{target}" not in held and told["on"] and not told["stopped"] and _wants(told, newest, pushed)
    )


def _wants(told: dict[str, Any], newest: str, pushed: float) -> bool:
    begun = (told["done"] or {}).get("sha", "")
    return bool(told["wants"]) or (pushed > told["since"] and begun != newest)
