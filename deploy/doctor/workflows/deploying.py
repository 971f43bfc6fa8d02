"""What asks Coolify for a deployment: its API by whatever program, and actions that are named after it."""

from __future__ import annotations

import re

# A deploy webhook, and what a restart or a start of an application amounts to (Coolify's routes/api.php).
_ASKS = re.compile(r"/api/v1/(?:deploy\b|applications/[^\s\"'`]+/(?:restart|start)\b)[^\s\"'`]*")


def asks_coolify(script: str) -> str:
    """The first address in a script by which Coolify deploys; empty where there is none."""
    found = _ASKS.search(script)
    return found[0] if found else ""


def is_coolifys(action: str) -> bool:
    """Whether an action's name says that it is about Coolify."""
    return "coolify" in action.lower()
