"""What starts a workflow, and whether a push to a branch does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deploy.builds.patterns import LONGEST, TooComplex, decided
from deploy.doctor.workflows.errors import Unreadable
from deploy.doctor.workflows.yaml_file import items, table, text_of

EVERY = ("**",)


def events(raw: Mapping[Any, Any]) -> tuple[str, ...]:
    """The events that start it by themselves: not `workflow_call`, which is up to its callers."""
    on = raw.get("on")
    names = list(table(on)) if isinstance(on, dict) else items(on)
    return tuple(dict.fromkeys(name for each in names if (name := text_of(each))))


def pushes(raw: Mapping[Any, Any]) -> tuple[str, ...]:
    """The patterns of the branches whose pushes start it: the last that fits decides, with `!` for those that do
    not.
    """
    if "push" not in events(raw):
        return ()
    push = table(table(raw.get("on")).get("push"))
    if but := _texts(push.get("branches-ignore")):
        return (*EVERY, *(f"!{each}" for each in but))
    only_tags = "tags" in push or "tags-ignore" in push
    return tuple(_texts(push.get("branches"))) or (() if only_tags else EVERY)


def starts_at(patterns: Sequence[str], branch: str) -> bool:
    """Whether a push to the branch starts it, whatever it changes. Raises Unreadable."""
    try:
        return decided(patterns, branch)
    except TooComplex:
        raise Unreadable(f"a pattern of its branches is longer than {LONGEST} characters") from None


def _texts(value: Any) -> list[str]:
    return [text_of(each) for each in items(value)]
