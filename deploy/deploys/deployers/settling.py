"""When the containers of a project have come up for good, and when they never will. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.core.compose_model import Part, Project

ENDED = frozenset({"exited", "dead"})
LOOKS = 2  # in a row that show a container ended, since Docker restarts some at once
RESTARTS = 3  # of one container


@dataclass(slots=True)
class Settling:
    """What was seen of containers since they were started.

    Attributes:
        settle: seconds that one without a health check must run without a restart.
        begun: when the looking began, in seconds of a monotonic clock.
    """

    settle: float
    begun: float
    _since: dict[tuple[str, float, int], float] = field(default_factory=dict)
    _restarts: dict[str, int] = field(default_factory=dict)
    _ended: dict[str, int] = field(default_factory=dict)

    def settled(self, it: Project, now: float) -> bool:
        """Whether all are up: healthy by their own check, or alive for long enough."""
        for part in it.parts:
            self._since.setdefault(_run(part), now)
        return it.healthy and all(self._lives(part, now) for part in it.parts)

    def _lives(self, part: Part, now: float) -> bool:
        return bool(part.health) or now - self._since[_run(part)] >= self.settle

    def failed(self, it: Project) -> bool:
        """Whether one of them is unhealthy, has ended, or is restarted again and again."""
        return any(self._has_failed(part) for part in it.parts)

    def _has_failed(self, part: Part) -> bool:
        self._ended[part.id] = self._ended.get(part.id, 0) + 1 if part.state in ENDED else 0
        first = self._restarts.setdefault(part.id, part.restarts)
        again = part.restarts - first >= RESTARTS
        return part.health == "unhealthy" or self._ended[part.id] >= LOOKS or again


def _run(part: Part) -> tuple[str, float, int]:
    """One life of a container: a restart begins another."""
    return part.id, part.started, part.restarts
