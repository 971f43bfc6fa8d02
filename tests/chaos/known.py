"""What is known to fail today, by the topology and the name of the check, with the reason: each goes with its mend."""

from __future__ import annotations

KNOWN: dict[tuple[str, str], str] = {}
