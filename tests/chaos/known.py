"""What is known to fail today, by the topology and the name of the check: each is to go with what mends it."""

from __future__ import annotations

from tests.chaos.plan import TOPOLOGIES

RESTARTS = (
    "a connection that is cut while docker still stops the container: it runs, and has not been started anew"
)
KNOWN: dict[tuple[str, str], str] = {
    (topology, "buildkit_is_restarted_once"): RESTARTS for topology in TOPOLOGIES
}
"""Why each of them fails."""
