"""What a person should know about variables before they are copied. Pure; it names keys, never a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

from deploy.core.values import dataclass
from deploy.env.plan import WRITTEN, Plan
from deploy.systems.coolify.dialect import KEY

if TYPE_CHECKING:
    from deploy.systems.coolify.values import Owner, Variable

Kind = Literal["own host", "reference", "dollar", "quotes", "key", "open preview"]
REFERENCE = re.compile(r"\{\{\s*(team|project|environment|server)\.")
# Nothing before the colon, since looking back for a scheme would take for ever in a long value.
HOST = re.compile(r"://(?:[^\s/?#]*@)?(\[[^\]\s]*\]|[^\s/?#:,;\"']+)")
BARE = re.compile(r"([^\s/:@]{1,253})(:\d+)?")  # a host by itself, as in DB_HOST


@dataclass(frozen=True, slots=True)
class Caution:
    kind: Kind
    keys: tuple[str, ...]


def cautions(plan: Plan, source: Owner, target: Owner) -> tuple[Caution, ...]:
    """The most dangerous kind first; each key once in a kind."""
    source_names = {*source.hosts, source.uuid, source.name} - {*target.hosts, target.uuid, target.name, ""}
    tests: Mapping[Kind, Callable[[Variable, str], bool]] = {
        "own host": lambda _, text: not source_names.isdisjoint(_hosts(text)),
        "reference": lambda _, text: REFERENCE.search(text) is not None,
        "dollar": lambda it, text: "$" in text and not it.literal,
        "quotes": lambda it, text: it.literal and ("'" in text or '"' in text),
        "key": lambda it, _: KEY.fullmatch(it.key) is None,
    }
    written = [
        (row, row.text) for item in plan.items if (row := item.source) is not None and item.fate in WRITTEN
    ]
    found = {
        kind: tuple(dict.fromkeys(it.key for it, text in written if test(it, text)))
        for kind, test in tests.items()
    }
    found["open preview"] = _open_previews(plan)
    return tuple(Caution(kind, keys) for kind, keys in found.items() if keys)


def _hosts(text: str) -> set[str]:
    """The hosts that a value names."""
    bare = BARE.fullmatch(text)
    return {host.lower() for host in HOST.findall(text)} | ({bare[1].lower()} if bare else set())


def _open_previews(plan: Plan) -> tuple[str, ...]:
    """Shown only once, yet the preview that Coolify made of it tells the value to whoever may read."""
    rows = [item.source for item in plan.items if item.source]
    once = {row.key for row in rows if row.shown_once and not row.preview}
    return tuple(row.key for row in rows if row.preview and row.key in once and row.text)
