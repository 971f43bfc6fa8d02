"""What happens in one run: the lines that people type, and the faults, each tied to what stand-ins see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TOPOLOGIES = ("single", "replicas", "sentinel")
BOTS = 3
PUSH = "push"
RUNNER = -1  # as `who`: the bot that runs the step, or that asks


@dataclass(frozen=True, slots=True)
class Line:
    """A line that a person types `pause` seconds after the answer to their last one.

    `{0}`, `{1}`, … stand for the commits of the run, whose digits nobody knows before it. `press LABEL` presses the
    newest such button that they see; where there is none, they do nothing. `push` pushes a commit, which is built.
    """

    user: str
    pause: float
    text: str


@dataclass(frozen=True, slots=True)
class When:
    """The `nth` time that a system is asked something: a glob over `METHOD /path`, a command, a step's name.

    `system` is one of github, coolify, slack, ssh, step, line; for `line` it is the nth line typed, by anybody.
    """

    system: str
    what: str
    nth: int

    def __str__(self) -> str:
        return f"{self.system} {self.what} #{self.nth}".replace("  ", " ")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done at that moment, for so many seconds.

    `what` is a method of Faults, or one of watch.ANSWERS; `who` is a bot's number, or RUNNER.
    """

    when: When
    what: str
    who: int = 0
    seconds: float = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. `sick` are the numbers of the commits whose image never becomes healthy."""

    seed: int
    topology: str
    lease: float
    commits: int
    sick: tuple[int, ...]
    lines: tuple[Line, ...]
    faults: tuple[Fault, ...]

    @classmethod
    def of(cls, told: dict[str, Any]) -> Plan:
        """From its fields as JSON has them."""
        read = {
            "sick": tuple(told["sick"]),
            "lines": tuple(Line(**line) for line in told["lines"]),
            "faults": tuple(Fault(**fault | {"when": When(**fault["when"])}) for fault in told["faults"]),
        }
        return cls(**told | read)
