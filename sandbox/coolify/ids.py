"""Ids in Coolify's format."""

from __future__ import annotations

import secrets


def new_uuid() -> str:
    """24 letters and digits."""
    return secrets.token_hex(12)
