"""What copying variables from one application to another would do. Pure: two lists, options, a version → a plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import field
from fnmatch import fnmatchcase
from typing import Literal

from deploy.core.values import dataclass
from deploy.systems.coolify.dialect import Dialect, generated
from deploy.systems.coolify.values import Name, Variable

# add and change are written and remove is deleted; keep stays though it differs; extra is in the target alone.
Fate = Literal["add", "change", "remove", "keep", "same", "extra", "cannot"]
WRITTEN: frozenset[Fate] = frozenset({"add", "change"})

GENERATED = "Coolify makes it itself"
HIDDEN = "shown only once, so Coolify does not tell its value"
PREVIEW_OF_SHOWN_ONCE = "the preview of one that is shown only once: a secret is not copied through that door"
TWICE = "it stands more than once there, with different values"
SEVERAL = "more than one of that key"
FOR_GOOD = "{why}, so it could not be put back"


@dataclass(frozen=True, slots=True)
class Options:
    """`only` and `but` are globs over keys; without `only`, every key is meant.

    `back`: the source is the target's own past, so that nothing gets anywhere where it was not before.
    """

    overwrite: bool = False
    mirror: bool = False
    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    going_back: bool = False

    def means(self, key: str) -> bool:
        wanted = not self.only or any(fnmatchcase(key, glob) for glob in self.only)
        return wanted and not any(fnmatchcase(key, glob) for glob in self.but)


USUAL = Options()
EVERYTHING = Options(overwrite=True, mirror=True, going_back=True)


@dataclass(frozen=True, slots=True)
class Item:
    """What becomes of one variable, and `why` where that needs a reason."""

    name: Name
    fate: Fate
    why: str = ""
    source: Variable | None = None
    target: Variable | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """`previews_made`: the keys for which Coolify will make a preview that nobody asked for, to be removed again."""

    items: tuple[Item, ...]
    previews_made: tuple[str, ...] = ()

    def of(self, *fates: Fate) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.fate in fates)

    @property
    def acts(self) -> bool:
        """Whether anything would be written or removed."""
        return bool(self.of("add", "change", "remove"))


@dataclass(frozen=True, slots=True)
class _Sides:
    """Everything of one name, on both sides."""

    name: Name
    dialect: Dialect
    options: Options
    source: list[Variable] = field(default_factory=list)
    target: list[Variable] = field(default_factory=list)
    behind_a_secret: bool = False


def plan(source: Sequence[Variable], target: Sequence[Variable], options: Options, dialect: Dialect) -> Plan:
    """The plan, by key and production before preview. Every value of `source` was told, or is shown only once."""
    here, there = _by_name(source), _by_name(target)
    secret = {variable.key for variable in source if variable.shown_once and not variable.preview}
    items = tuple(
        _item(_Sides(name, dialect, options, here[name], there[name], name[1] and name[0] in secret))
        for name in sorted({*here, *there})
        if options.means(name[0])
    )
    return Plan(items, _previews_made(items, there))


def _by_name(variables: Iterable[Variable]) -> defaultdict[Name, list[Variable]]:
    found: defaultdict[Name, list[Variable]] = defaultdict(list)
    for variable in variables:
        found[variable.name].append(variable)
    return found


def _item(sides: _Sides) -> Item:
    source, target = (rows[0] if rows else None for rows in (sides.source, sides.target))
    fate, why = _fate(sides)
    return Item(sides.name, fate, why, source, target)


def _fate(sides: _Sides) -> tuple[Fate, str]:
    if not sides.source:
        return _alone(sides)
    if _untouched(sides):
        return "same", ""
    if generated(sides.name[0]):
        return "cannot", GENERATED
    if why := _uncopyable(sides):
        return "cannot", why
    return _onto(sides) if sides.target else ("add", "")


def _alone(sides: _Sides) -> tuple[Fate, str]:
    """In the target only."""
    if generated(sides.name[0]):
        return "extra", GENERATED
    if not sides.options.mirror:
        return "extra", ""
    why = _irretrievable(sides)
    if why:
        return "cannot" if sides.options.going_back else "extra", FOR_GOOD.format(why=why)
    return "remove", ""


def _untouched(sides: _Sides) -> bool:
    """Equal on both sides; or the very same rows, as where a target is compared with its own past."""
    if len(sides.source) != len(sides.target):
        return False
    here, there = (sorted(map(repr, (row.content for row in rows))) for rows in (sides.source, sides.target))
    told = all(row.value is not None for row in (*sides.source, *sides.target))
    same_rows = {row.uuid for row in sides.source} == {row.uuid for row in sides.target} != {""}
    return here == there and (told or same_rows)


def _uncopyable(sides: _Sides) -> str:
    first = sides.source[0]
    if first.value is None:
        return HIDDEN
    if sides.behind_a_secret and not sides.options.going_back:
        return PREVIEW_OF_SHOWN_ONCE
    if any(row.content != first.content for row in sides.source[1:]):
        return TWICE
    return sides.dialect.obstacle(first)


def _onto(sides: _Sides) -> tuple[Fate, str]:
    """There is one already, which differs."""
    if len(sides.target) == 1 and sides.target[0].content == sides.source[0].content:
        return "same", ""
    if not sides.options.overwrite:
        return "keep", ""
    why = SEVERAL if len(sides.target) > 1 else _irretrievable(sides)
    return ("cannot", FOR_GOOD.format(why=f"what is there is {why}")) if why else ("change", "")


def _irretrievable(sides: _Sides) -> str:
    """Why what the target has could not be put back once it is gone; empty where it could."""
    alike = sides.options.going_back and all(row.content == sides.target[0].content for row in sides.target)
    if len(sides.target) > 1 and not alike:
        return SEVERAL
    if sides.target[0].value is None:
        return "shown only once"
    if obstacle := sides.dialect.obstacle(sides.target[0]):
        return f"not to be written again ({obstacle})"
    return ""


def _previews_made(items: tuple[Item, ...], there: defaultdict[Name, list[Variable]]) -> tuple[str, ...]:
    """Production variables to be made, for whose keys there is no preview, nor is one to be made."""
    made = {item.name for item in items if item.fate == "add"}
    taken = made | {name for name, rows in there.items() if rows}
    return tuple(key for key, preview in sorted(made) if not preview and (key, True) not in taken)
