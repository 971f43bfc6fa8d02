"""Compares a plan with both sides as read back. Pure; its results contain no value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from deploy.core.units import plural
from deploy.core.values import dataclass
from deploy.env.marks import Marks
from deploy.env.outcomes import Became, Line
from deploy.env.previews import previews_made
from deploy.env.write import Failed
from deploy.systems.coolify.values import Name, Variable, first_of_each

if TYPE_CHECKING:
    from deploy.env.order import Entry, Planned
    from deploy.env.propose import Sides

INTERFERED = "somebody else changed it in the target meanwhile"
NOT_THERE = "it is not there when read back"
AS_BEFORE = "it still has its old content when read back"
TWICE = "it stands there more than once when read back"
STILL_THERE = "it is still there when read back"
UNTOLD = "Coolify does not say whether it was done"
OTHERWISE = "it reads back with another {what}"


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What became of everything. `moved` are keys that the source changed after they were read."""

    lines: tuple[Line, ...]
    moved: tuple[str, ...] = ()
    previews_made: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        bad = sum(line.bad for line in self.lines)
        return f"{plural(bad, 'variable')} not as planned" if bad else "all as planned"

    @property
    def whole(self) -> bool:
        return not any(line.bad for line in self.lines)

    @property
    def touched(self) -> bool:
        """Whether anything in the target changed, or may have where Coolify does not answer."""
        changed = {"copied", "overwritten", "removed", "differs"}
        return bool(self.previews_made) or any(
            line.became in changed or line.why == UNTOLD for line in self.lines
        )


def lines_of(failed: Failed) -> tuple[Line, ...]:
    """A line for each variable with which something could not be done."""
    return tuple(Line(key, preview, "failed", why) for (key, preview), why in failed.items())


def compare(planned: Planned, sides: Sides, failed: Failed, marks: Marks) -> ReadBack:
    """What became of each variable of a plan, given the reasons for which Coolify did not take some."""
    source, target = first_of_each(sides.source), first_of_each(sides.target)
    reading = _Reading(source, target, Counter(row.name for row in sides.target), failed, marks)
    left = [key for key in planned.previews_made if (key, True) in target]
    ours = {row.key for row in previews_made(planned, sides.target, marks)}
    whys = {key: failed.get((key, True), STILL_THERE if key in ours else INTERFERED) for key in left}
    return ReadBack(
        (*map(reading.line, planned.entries), *lines_of({(key, True): why for key, why in whys.items()})),
        tuple(dict.fromkeys(entry.key for entry in planned.of("add", "change") if reading.moved(entry))),
        tuple(key for key in planned.previews_made if key not in left and (key, False) in target),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """Both sides by name, how often each name stands in the target, and what Coolify did not take."""

    source: Mapping[Name, Variable]
    target: Mapping[Name, Variable]
    counts: Mapping[Name, int]
    failed: Failed
    marks: Marks

    def moved(self, entry: Entry) -> bool:
        return self.marks.of(self.source.get(entry.name)) != entry.source

    def line(self, entry: Entry) -> Line:
        became, why = self._fate(entry)
        if became in {"copied", "overwritten"} and self.counts[entry.name] > 1:
            became, why = "differs", TWICE
        return Line(entry.key, entry.preview, became, why)

    def _fate(self, entry: Entry) -> tuple[Became, str]:
        match entry.fate:
            case "keep":
                return "skipped", "it is there with another content"
            case "remove":
                return self._removed(entry)
            case "add" | "change":
                return self._written(entry)
        return "cannot", entry.why

    def _removed(self, entry: Entry) -> tuple[Became, str]:
        if entry.name not in self.target:
            return "removed", ""
        return "failed", self.failed.get(entry.name, STILL_THERE)

    def _written(self, entry: Entry) -> tuple[Became, str]:
        there, reason = self.target.get(entry.name), self.failed.get(entry.name)
        if self.marks.of(there) == entry.source:
            return ("copied" if entry.fate == "add" else "overwritten"), ""
        if reason or there is None:
            return "failed", reason or NOT_THERE
        if self.marks.of(there) == entry.target:
            return "failed", AS_BEFORE
        return "differs", OTHERWISE.format(what=self._difference(entry, there))

    def _difference(self, entry: Entry, there: Variable) -> str:
        wanted = self.source.get(entry.name)
        if wanted is None or self.moved(entry):
            return "content"
        return "value" if wanted.text != there.text else "set of flags"
