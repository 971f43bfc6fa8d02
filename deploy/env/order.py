"""What was asked for, as the journal keeps it: applications, options, keys and marks; never a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.model import Arguments
from deploy.core.values import dataclass
from deploy.env.plan import USUAL, Fate, Item, Options
from deploy.systems.coolify.values import Name, Owner

if TYPE_CHECKING:
    from deploy.env.marks import Marks


DOINGS: dict[Fate, str] = {"add": "to copy", "change": "to overwrite", "remove": "to remove"}


@dataclass(frozen=True, slots=True)
class Order(Arguments):
    """A copy; or with `back` the way back to what `base` kept; or without it the rest of what `base` began.

    Attributes:
        source: where the values come from; of a way back, the target itself.
        base: an earlier operation; empty for a copy that begins by itself.
        sure: the mark of the plan that was confirmed.
        again: the line that shows the plan anew.
    """

    source: Owner
    target: Owner
    options: Options = USUAL
    base: str = ""
    going_back: bool = False
    redeploy: bool = False
    sure: str = ""
    again: str = "env copy"

    @property
    def source_name(self) -> str:
        return self.source.name

    @property
    def place(self) -> str:
        return self.target.target or self.target.name


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to become of one variable; `source` and `target` are the marks of both sides' content."""

    key: str
    preview: bool
    fate: Fate
    why: str = ""
    source: str = ""
    target: str = ""

    @property
    def name(self) -> Name:
        return self.key, self.preview


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan as it is journaled, before anything is written. What is the same on both sides is only counted."""

    entries: tuple[Entry, ...]
    previews_made: tuple[str, ...] = ()
    same: int = 0

    def of(self, *fates: Fate) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.fate in fates)

    @property
    def note(self) -> str:
        counted = ((len(self.of(fate)), words) for fate, words in DOINGS.items())
        return ", ".join(f"{count} {words}" for count, words in counted if count)


def entry(item: Item, marks: Marks) -> Entry:
    """An item of a plan without its values."""
    return Entry(*item.name, item.fate, item.why, marks.of(item.source), marks.of(item.target))
