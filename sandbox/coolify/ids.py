"""Ids as Coolify makes them."""

from __future__ import annotations

import secrets


def new_uuid() -> str:
    """24 letters and digits."""
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(24))
