"""What runs of a compose project, as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from deploy.core.units import plural
from deploy.core.values import dataclass

SHOWN = 3  # services that a sentence names
UP = frozenset({"", "healthy"})  # by the health check, where there is one


@dataclass(frozen=True, slots=True)
class Part:
    """A container of a project whose image is one of the target's.

    Attributes:
        image: its name, without a tag; `tag` is what it was started by.
        digest: of its image; empty where the host no longer knows under which it was pulled.
        image_id: the image's id in Docker.
        state: as Docker calls it: created, running, restarting, exited.
        health: by its health check: starting, healthy, unhealthy; empty where it has none.
        restarts: how often Docker has restarted it.
        started: in seconds since the epoch by its host's clock.
    """

    service: str
    name: str
    id: str
    image: str
    tag: str
    digest: str
    image_id: str
    state: str
    health: str = ""
    restarts: int = 0
    started: float = 0

    @property
    def up(self) -> bool:
        return self.state == "running" and self.health in UP

    @property
    def how(self) -> str:
        """As people say it: `unhealthy`, `restarting`."""
        return self.health if self.state == "running" and self.health else self.state


@dataclass(frozen=True, slots=True)
class Project:
    """A target's part of a compose project. `variables` are those that fisk sets in its `.env`, as they read now,
    `set_to` the commit or tag in them; empty where there is none.
    """

    variables: tuple[tuple[str, str], ...]
    set_to: str
    parts: tuple[Part, ...]

    @property
    def services(self) -> tuple[str, ...]:
        return tuple(sorted({part.service for part in self.parts}))

    @property
    def down(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if not part.up)

    @property
    def healthy(self) -> bool:
        return bool(self.parts) and not self.down

    @property
    def note(self) -> str:
        """How many containers are up, and which are not."""
        if not self.parts:
            return "no container of it is there"
        if not self.down:
            return f"{plural(len(self.parts), 'container')} up"
        return f"{len(self.parts) - len(self.down)} of {plural(len(self.parts), 'container')} up: {listed(self.down)}"


def listed(parts: Iterable[Part]) -> str:
    """Services by how their containers are: `scans, letters restarting; reports unhealthy`."""
    by_how: dict[str, list[str]] = {}
    for part in parts:
        by_how.setdefault(part.how, []).append(part.service)
    return "; ".join(f"{few(names)} {how}" for how, names in by_how.items())


def few(names: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def counted(names: Iterable[str]) -> str:
    """As in `12 run 3f2a1b9, 3 run a4c9e1f`; the most frequent first."""
    return ", ".join(f"{count} run {name}" for name, count in Counter(names).most_common())
