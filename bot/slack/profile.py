"""What Slack says of a user in users.info."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from deploy.core.actor import Standing
from deploy.core.values import dataclass

HANDLE = re.compile(r"[\w.-]{1,80}")
SLACKBOT = "USLACKBOT"  # of which Slack says that it is no bot


@dataclass(frozen=True, slots=True)
class Profile:
    """`name`: as in `@ana`, empty where Slack says none; `standing`: what they are in this workspace."""

    name: str = ""
    standing: Standing = "unknown"


def profile(user: str, found: Mapping[str, Any]) -> Profile:
    name = str(found.get("name") or "")
    return Profile(name if HANDLE.fullmatch(name) else "", _standing(user, found))


def _standing(user: str, found: Mapping[str, Any]) -> Standing:
    """Somebody deactivated is a stranger."""
    if found.get("is_bot") or user == SLACKBOT:
        return "bot"
    if found.get("is_stranger") or found.get("deleted"):
        return "stranger"
    return "guest" if found.get("is_restricted") or found.get("is_ultra_restricted") else "member"
