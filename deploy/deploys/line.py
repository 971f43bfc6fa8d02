"""The line of those that wait for a target, by the journal's unfinished operations. Pure.

Whoever works on the target comes first, then those whose image is there, in the order in which they asked. One whose
build still runs keeps its turn, but nobody waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from deploy.access.refusing import name
from deploy.core.model import Offer, Resource
from deploy.core.values import dataclass
from deploy.deploys.arguments import WaitArguments
from deploy.engine.snapshot import Snapshot

RESOLVED = "resolve"
BUILT = "wait for the build"  # the step whose end says that the image is there
TEENS = range(11, 14)  # 11th, not 11st
ENDINGS = {1: "st", 2: "nd", 3: "rd"}


@dataclass(frozen=True, slots=True)
class Line:
    """`standing`: whoever works on the target, then those whose image is there; `building`: those that wait for it."""

    target: str
    standing: tuple[Snapshot, ...]
    building: tuple[Snapshot, ...]

    def own(self, operation: str) -> Snapshot | None:
        """The one of that id, where it has a place."""
        return next((each for each in self.standing if each.operation.id == operation), None)

    def place(self, operation: str) -> int:
        """Counted from 1; 0 for one that has none yet."""
        ids = [each.operation.id for each in self.standing]
        return ids.index(operation) + 1 if operation in ids else 0

    def before(self, operation: str) -> Snapshot | None:
        """Whoever stands right before it."""
        place = self.place(operation)
        return self.standing[place - 2] if place > 1 else None

    def behind(self, operation: str) -> tuple[Snapshot, ...]:
        place = self.place(operation)
        return self.standing[place:] if place else ()

    def passed(self, operation: str) -> tuple[Snapshot, ...]:
        """Those that asked before it and are still building."""
        own = self.own(operation)
        return tuple(each for each in self.building if own and _order(each) < _order(own))


def line_of(target: str, running: Iterable[Snapshot]) -> Line:
    """The line for a target among all that is under way."""
    running = tuple(running)
    waiting = sorted((each for each in running if _waits(each, target)), key=_order)
    at_work = tuple(each for each in running if Resource("app", target) in each.operation.resources)
    ready = tuple(each for each in waiting if BUILT in each.results)
    return Line(target, (*at_work, *ready), tuple(each for each in waiting if BUILT not in each.results))


def _waits(each: Snapshot, target: str) -> bool:
    """One that nobody runs, or that is about to stop, keeps nobody waiting."""
    asked = each.operation.arguments
    if not isinstance(asked, WaitArguments) or asked.target != target:
        return False
    return not each.aside and each.cancel is None


def _order(each: Snapshot) -> tuple[float, str]:
    return each.operation.created, each.operation.id


def told_to_skip(each: Snapshot) -> bool:
    """Whether it lets a newer one go in its place, since its line or somebody else says so."""
    asked = each.operation.arguments
    typed = isinstance(asked, WaitArguments) and asked.newest
    return typed or any(answer.yes for answer in each.answers.values())


# --- as it is told


def placed(each: Snapshot, running: Iterable[Snapshot]) -> str:
    """`2nd in line`; empty for what does not wait for a target."""
    asked = each.operation.arguments
    if not isinstance(asked, WaitArguments):
        return ""
    place = line_of(asked.target, running).place(each.operation.id)
    return f"{ordinal(place)} in line" if place else "in line once its image is there"


def skipping(each: Snapshot, line: Line) -> tuple[Offer, ...]:
    """The offer to let a newer one go in its place, where others stand behind it."""
    id_ = each.operation.id
    if told_to_skip(each) or not line.behind(id_) or not isinstance(each.operation.arguments, WaitArguments):
        return ()
    return (Offer("Skip to the newest", f"skip {id_}"),)


def named(each: Snapshot) -> str:
    """`d-7k3f (@ana, 3f2a1b9)`."""
    operation = each.operation
    who = ", ".join(part for part in (name(operation.actor), operation.arguments.what) if part)
    return f"{operation.id} ({who})"


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `11th`."""
    ending = "th" if number % 100 in TEENS else ENDINGS.get(number % 10, "th")
    return f"{number}{ending}"
