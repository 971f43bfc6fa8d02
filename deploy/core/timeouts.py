"""Poll intervals and time limits."""

from __future__ import annotations

from deploy.core.values import dataclass

SHORTEST_POLL = 0.25  # seconds
SHARE = 0.05  # of the time that something has lasted


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In seconds: poll intervals, how long an app must stay healthy, and time limits.

    `poll` is the longest pause between two looks at what goes on elsewhere.
    """

    poll: float = 2.0
    healthy_for: float = 10.0
    healthy_within: float = 120.0
    deploy_within: float = 900.0
    build_within: float = 10_800.0
    buildkit_within: float = 90.0
    build_shown_within: float = 60.0
    build_stops_within: float = 300.0
    approve_within: float = 1800.0
    bake_every: float = 60.0

    def pause(self, lasted: float) -> float:
        """The pause before the next look at what has lasted so long, in seconds.

        Its end is seen a twentieth of its own time late at the most, and what lasts longest is asked after least often.
        """
        return min(self.poll, max(SHORTEST_POLL, lasted * SHARE))
