"""What is known to fail today, by the topology and the name of the check: each is to go with what mends it."""

from __future__ import annotations

KNOWN: dict[tuple[str, str], str] = {}
"""Why each of them fails."""
