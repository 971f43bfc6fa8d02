"""A key of fisk.toml that there is not: its line, and the nearest key that there is."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel

HEAD = re.compile(r"\s*(\[\[?)([^\[\]]+)\]")
ENTRY = re.compile(r"\s*([^=#\[\]{}]+?)\s*=")
Where = tuple[int | str, ...]


def hint(file: Path, model: type[BaseModel], where: Where) -> str:
    """In brackets, ` (line 3; the nearest is `platform`)`, as far as it is known; else an empty text."""
    line = line_of(file.read_text(encoding="utf-8"), where) if file.is_file() else 0
    near = get_close_matches(str(where[-1]).lower(), keys(model, where[:-1]), n=1)
    told = [f"line {line}"] * bool(line) + [f"the nearest is `{key}`" for key in near]
    return f" ({'; '.join(told)})" if told else ""


def line_of(text: str, where: Where) -> int:
    """The first line that sets the key or opens its table; 0 where none does, as in an inline table."""
    found = (number for number, path in _paths(text) if path[: len(where)] == where)
    return next(found, 0)


def _paths(text: str) -> Iterator[tuple[int, Where]]:
    """Each line that names a table or a key, with the whole path. An array's tables are numbered from 0."""
    table: Where = ()
    arrays: Counter[Where] = Counter()
    for number, line in enumerate(text.splitlines(), 1):
        if head := HEAD.match(line):
            table = _path(head[2])
            if head[1] == "[[":
                arrays[table] += 1
                table = (*table, arrays[table] - 1)
            yield number, table
        elif entry := ENTRY.match(line):
            yield number, (*table, *_path(entry[1]))


def _path(dotted: str) -> Where:
    """The parts of a key, of which some may be quoted; none where it is no key."""
    try:
        found: Any = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    parts: list[str] = []
    while isinstance(found, dict):
        key, found = next(iter(found.items()))
        parts.append(key)
    return tuple(parts)


def keys(model: type[BaseModel], table: Where) -> list[str]:
    """The keys that a table may have; none where any may stand there."""
    kind: Any = model
    for part in table:
        kind = _inner(_types(kind).get(str(part)) or _values(kind))
    return list(_types(kind))


def _types(kind: Any) -> dict[str, Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {name: field.annotation for name, field in kind.model_fields.items()}
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return {each.name: hints[each.name] for each in fields(kind)}
    return {}


def _values(kind: Any) -> Any:
    """The type of a mapping's or a tuple's values."""
    of, arguments = get_origin(kind), get_args(kind)
    if not isinstance(of, type):
        return None
    return arguments[1] if issubclass(of, Mapping) else arguments[0]


def _inner(kind: Any) -> Any:
    """What else may stand where None may."""
    others = [each for each in get_args(kind) if each is not type(None)]
    return others[0] if type(None) in get_args(kind) else kind
