"""Which pushes start a workflow, and what a start by hand takes, by its own file. Pure.

Only the table `on` is read: the rest of the file is none of this module's business, and it stays small.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from deploy.builds.patterns import TooComplex, cost, decided, matches
from deploy.core.values import dataclass

TABLE = re.compile(r"""^(?:on|true|"on"|'on')[ \t]*:""", re.IGNORECASE)
LARGEST = 20_000  # characters of `on`
MOST_FILES = 300  # that GitHub tells of a commit at once
MOST_STEPS = 2_000_000  # of trying patterns, about a second
SHOWN = 3  # patterns in a sentence
FILTERS = ("branches", "branches-ignore", "paths", "paths-ignore")


class Unreadable(ValueError):
    """Why the filters cannot be told, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Pushes:
    """What a workflow's `on` says of pushes; a filter is None where it has none. `starts`: any push does."""

    starts: bool = True
    branches: tuple[str, ...] | None = None
    branches_ignore: tuple[str, ...] | None = None
    paths: tuple[str, ...] | None = None
    paths_ignore: tuple[str, ...] | None = None

    def left_out(self, workflow: str, branch: str, files: Sequence[str]) -> str:
        """Why a push of these files to the branch starts no run, as the rest of a sentence; empty where it does.

        Raises:
            Unreadable: that cannot be told.
        """
        try:
            return self._event(workflow, branch) or self._paths(workflow, files)
        except TooComplex:
            raise Unreadable(f"the filters of {workflow} are too complex to be tried") from None

    def _event(self, workflow: str, branch: str) -> str:
        if not self.starts:
            return f"was pushed, and {workflow} does not start at pushes"
        if self.branches is not None and not decided(self.branches, branch):
            return f"is on {branch}, and {workflow} starts only for branches {_listed(self.branches)}"
        if self.branches_ignore is not None and decided(self.branches_ignore, branch):
            return f"is on {branch}, which {workflow} leaves out"
        return ""

    def _paths(self, workflow: str, files: Sequence[str]) -> str:
        if self.paths is None and self.paths_ignore is None:
            return ""
        if not files or len(files) >= MOST_FILES:
            raise Unreadable("GitHub does not list all the files that it changed")
        if cost([*(self.paths or ()), *(self.paths_ignore or ())], files) > MOST_STEPS:
            raise TooComplex
        if self.paths is not None:
            taken = any(decided(self.paths, file) for file in files)
            return "" if taken else f"changed nothing in the paths of {workflow} ({_listed(self.paths)})"
        ignored = self.paths_ignore or ()
        if not all(decided(ignored, file) for file in files):
            return ""
        fitting = [each for each in ignored if any(matches(each, file) for file in files)]
        return f"changed only files that {workflow} leaves out ({_listed(fitting)})"


def read(text: str) -> Pushes:
    """The filters of a workflow file.

    Raises:
        Unreadable: it is none, or not written so that it can be read safely.
    """
    events = _events(text)
    if isinstance(events, str | list):
        return Pushes(starts="push" in _texts(events))
    if not isinstance(events, dict):
        raise Unreadable("its `on` is no list of events")
    if "push" not in events:
        return Pushes(starts=False)
    return _filters(events["push"] or {})


def inputs(text: str) -> frozenset[str]:
    """The names of the inputs that a workflow takes when it is started by hand.

    Raises:
        Unreadable: as `read` does.
    """
    events = _events(text)
    started = events.get("workflow_dispatch") if isinstance(events, dict) else None
    named = started.get("inputs") if isinstance(started, dict) else None
    return frozenset(map(str, named)) if isinstance(named, dict) else frozenset()


def _filters(push: Any) -> Pushes:
    if not isinstance(push, dict):
        raise Unreadable("its `push` has no filters that GitHub knows")
    found = [_texts(push[name]) if name in push else None for name in FILTERS]
    if (found[0] and found[1]) or (found[2] and found[3]):
        raise Unreadable("it has a filter and its opposite, which GitHub refuses")
    tags_alone = {"tags", "tags-ignore"} & set(push) and found[0] is None and found[1] is None
    return Pushes(not tags_alone, *found)


def _events(text: str) -> Any:
    import yaml  # noqa: PLC0415 (needed only for a commit without a build)

    table = _table(text)
    try:
        found: Any = yaml.safe_load(table)
        return next(iter(found.values()))  # YAML 1.1 reads the key `on` as true
    except (yaml.YAMLError, RecursionError, ValueError, AttributeError):
        raise Unreadable("its `on` is no YAML") from None


def _table(text: str) -> str:
    """The lines of the top level's `on`. A merge of anchors may grow without bounds, so it is not read."""
    lines = text.lstrip("\ufeff").splitlines()
    begins = next((place for place, line in enumerate(lines) if TABLE.match(line)), None)
    if begins is None:
        raise Unreadable("it has no `on` at its top level")
    table = "\n".join([lines[begins], *_below(lines[begins + 1 :])])
    if len(table) > LARGEST or "<<" in table:
        raise Unreadable("its `on` is too large, or merges anchors")
    return table


def _below(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        if line[:1] not in {"", " ", "\t", "#", "-"}:
            return
        yield line


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(each) for each in value)
    return () if value is None else (str(value),)


def _listed(patterns: Sequence[str]) -> str:
    more = f" and {len(patterns) - SHOWN} more" if len(patterns) > SHOWN else ""
    return ", ".join(patterns[:SHOWN]) + more
