"""Go's templates, as far as `docker --format` is asked for them: fields, `json`, `index`, and `if` with `else`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

ACTION = re.compile(r"\{\{(.*?)\}\}")
TERM = re.compile(r'\(|\)|"[^"]*"|[^\s()]+')
MISSING = "<no value>"


class NoEntry(Exception):
    """The text is docker's."""


def filled(form: str, values: object) -> str:
    """The template's text with its actions done. Raises ValueError for one that is none of these."""
    return "".join(_texts(iter(ACTION.split(form)), values))


def _texts(parts: Iterator[str], values: object, *, shown: bool = True) -> Iterator[str]:
    """Text and actions take turns, up to the `end` of an `if`; in a branch that is not taken nothing is shown."""
    for text in parts:
        if shown:
            yield text
        action = next(parts, "end")
        if action in {"end", "else"}:
            return
        if action.startswith("if "):
            yield from _branches(parts, values, shown=shown, holds=bool(_value(action[3:], values)))
        elif shown:
            yield _printed(_value(action, values))


def _branches(parts: Iterator[str], values: object, *, shown: bool, holds: bool) -> Iterator[str]:
    """Both, of which an `if` that is shown shows one; every `if` here has an `else`."""
    yield from _texts(parts, values, shown=shown and holds)
    yield from _texts(parts, values, shown=shown and not holds)


def _value(action: str, values: object) -> object:
    terms = TERM.findall(action)
    value = _call(terms, values)
    if terms:
        raise ValueError(f"what is {terms} in {action}?")
    return value


def _call(terms: list[str], values: object) -> object:
    """A field, a text, what stands in parentheses, or a function of these; takes its terms from the list."""
    term = terms.pop(0)
    if term == "(":
        value = _call(terms, values)
        terms.remove(")")
        return value
    if term == "json":
        return json.dumps(_call(terms, values), separators=(",", ":"))
    if term == "index":
        table, key = _call(terms, values), _call(terms, values)
        return table.get(str(key), "") if isinstance(table, dict) else ""
    if (
        term == ".Label"
    ):  # of `docker ps`: a method, which takes a label's name (docker/cli, cli/command/formatter)
        labels = _field(".Labels", values)
        return labels.get(str(_call(terms, values)), "") if isinstance(labels, dict) else ""
    if term.startswith('"'):
        return term[1:-1]
    if term.startswith("."):
        return _field(term, values)
    raise ValueError(f"no function {term} here")


def _field(path: str, values: object) -> object:
    """A key that is not there is an error, as it is for docker, which looks `.Id` and so all else up in the raw JSON
    (docker/cli, cli/command/inspect/inspector.go, tryRawInspectFallback).
    """
    for name in filter(None, path.split(".")):
        if not isinstance(values, dict) or name not in values:
            raise NoEntry(f'executing "" at <{path}>: map has no entry for key "{name}"')
        values = values[name]
    return values


def _printed(value: object) -> str:
    return MISSING if value is None else str(value)
