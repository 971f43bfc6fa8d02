"""Lines about variables, one per key, for plans and reports. None contains a value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from deploy.core.units import plural

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.env.cautions import Caution, Kind

SHOWN = 40  # lines of one kind in a message; a terminal shows all


class Named(Protocol):
    """A row about one variable."""

    @property
    def key(self) -> str: ...
    @property
    def preview(self) -> bool: ...


def named(rows: Iterable[Named]) -> list[str]:
    """The keys in order; production and preview of a key in one entry."""
    told = []
    for key, same in groupby(rows, lambda row: row.key):
        previews = [row.preview for row in same]
        tail = "" if True not in previews else " and its preview" if False in previews else " (preview)"
        told.append(key + tail)
    return told


def listed(mark: str, lines: Sequence[str], fmt: Format) -> list[str]:
    """The lines, each with the mark; in Slack at most SHOWN, then how many more."""
    shown = lines[:SHOWN] if fmt.slack else lines
    rest = len(lines) - len(shown)
    more = [f"{mark} and {rest} more"] if rest else []
    return [fmt.escape(f"{mark} {line}") for line in shown] + more


def keys(names: Sequence[str], fmt: Format) -> str:
    """Keys for a sentence; in Slack at most SHOWN, then how many more."""
    shown = names[:SHOWN] if fmt.slack else names
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return fmt.escape(", ".join(shown)) + more


CAUTIONS: dict[Kind, str] = {
    "own host": "{keys}: names a host of {source} itself; {target} would talk to it",
    "reference": "{keys}: refers to something shared, which {target} resolves in its own place",
    "dollar": "{keys}: has a `$` and is not literal, so Coolify may put another value in its place",
    "quotes": "{keys}: is literal and has quotes: look how the container sees it",
    "key": "{keys}: newer versions of Coolify refuse such a key",
    "open preview": "{keys}: is shown only once, yet its preview in {source} tells the value to whoever may read",
}


def caution(it: Caution, source: str, target: str, fmt: Format) -> str:
    told = keys(it.keys, fmt)
    return "! " + CAUTIONS[it.kind].format(keys=told, source=fmt.escape(source), target=fmt.escape(target))


def variables(count: int) -> str:
    return plural(count, "variable")
