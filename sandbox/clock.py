"""Story time: seconds relative to the story's start, which pass faster than real ones."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def iso(epoch: float) -> str:
    """The form in which GitHub and Coolify write a time: whole seconds, UTC."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Clock:
    """Times before the start map to real times unscaled; after it, time passes `speed` times as fast.

    So a build of ten minutes before the start has that real time, and no time is ever in the future. After
    `stand`, the clock is stopped at the start until `begin`.
    """

    def __init__(self, speed: float = 60.0) -> None:
        self.speed = speed
        self.begin()

    def begin(self) -> None:
        """Start the story now."""
        self.stands = False
        self.start = time.time()
        self._began = time.monotonic()
        self._skipped = 0.0

    def stand(self) -> None:
        """Stop the clock at the start until `begin`."""
        self.begin()
        self.stands = True

    @property
    def elapsed(self) -> float:
        """Story seconds since the start."""
        passed = 0.0 if self.stands else time.monotonic() - self._began
        return passed * self.speed + self._skipped

    def skip(self, seconds: float) -> None:
        """Advance by `seconds` of story time."""
        self._skipped += seconds

    def passed(self, at: float) -> bool:
        return at <= self.elapsed

    def stamp(self, at: float) -> float:
        """The real time (epoch seconds) of a story time."""
        if at <= 0:
            return self.start + at
        return self.start + (max(0.0, at - self._skipped) / self.speed if self.speed else 0.0)

    def iso(self, at: float) -> str:
        return iso(self.stamp(at))
