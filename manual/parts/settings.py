"""Every setting: its name, type, default and what it is for, from the models' JSON schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bot.app.settings import PREFIX, STRUCTURE, Settings
from manual.project import ROOT

Schema = dict[str, Any]
SCHEMA: Schema = Settings.model_json_schema()
FIRST = {"array": "list", "object": "table", "integer": "whole number", "string": "text"}
ATTRIBUTE = re.compile(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", re.MULTILINE)


# --- the environment


def environment() -> str:
    """A table of the variables, which says of each what .env.example says."""
    rows = (
        _row(f"`{name}`", explanation(name), type_of(field), _default(field))
        for name, field in variables().items()
    )
    return "\n".join(["| variable | what it is for | type | default |", "|---|---|---|---|", *rows])


def variables() -> dict[str, Schema]:
    """Every setting that the environment may have, by its variable."""
    fields = SCHEMA["properties"].items()
    return {f"{PREFIX}{name.upper()}": field for name, field in fields if name not in STRUCTURE}


def explanation(variable: str) -> str:
    """The comment above it in .env.example."""
    before = (ROOT / ".env.example").read_text().partition(f"\n{variable}=")[0].splitlines()
    lines: list[str] = []
    while before and before[-1].startswith("# "):
        lines.insert(0, before.pop().removeprefix("# "))
    return " ".join(lines)


# --- fisk.toml


def tables() -> str:
    """A part for each table of fisk.toml."""
    found = (each for name in sorted(STRUCTURE) for each in _tables(f"[{name}]", SCHEMA["properties"][name]))
    return "\n\n".join(_table(name, model) for name, model in found)


def _tables(name: str, field: Schema) -> Iterator[tuple[str, Schema]]:
    """The models in a field, each with its head in fisk.toml."""
    if model := _model(field):
        yield name, model
        for inner, each in model["properties"].items():
            if "additionalProperties" in each or each.get("type") == "array" or _model(each):
                yield from _tables(f"{name[:-1]}.{inner}]", each)
    elif field.get("type") == "array":
        yield from _tables(f"[{name}]", field["items"])
    elif "additionalProperties" in field:
        yield from _tables(f"{name[:-1]}.NAME]", field["additionalProperties"])


def _model(field: Schema) -> Schema | None:
    """What it refers to, also where it may be left out."""
    for each in (field, *field.get("anyOf", ())):
        if "$ref" in each:
            found: Schema = SCHEMA["$defs"][each["$ref"].rpartition("/")[2]]
            return found
    return None


def _table(name: str, model: Schema) -> str:
    summary = model["description"].partition("\n\n")[0].replace("\n", " ")
    said, needed = attributes(model), model.get("required", ())
    rows = [
        _row(f"`{key}`", said.get(key, ""), type_of(field), "" if key in needed else _default(field))
        for key, field in keys(model).items()
    ]
    head = ["| key | what it is for | type | default |", "|---|---|---|---|"]
    return "\n".join([f"### {name}", "", summary, "", *head, *rows])


def keys(model: Schema) -> dict[str, Schema]:
    """Without a name that stands in the table's head, and without tables of their own."""
    fields, said = model["properties"], attributes(model)
    return {
        key: field
        for key, field in fields.items()
        if (key != "name" or key in said) and not any(_tables(f"[{key}]", field))
    }


def attributes(model: Schema) -> dict[str, str]:
    """What the model's docstring says of each."""
    return {name: " ".join(text.split()) for name, text in ATTRIBUTE.findall(model["description"])}


def models() -> dict[str, Schema]:
    """Every table's model, by its head in fisk.toml."""
    return dict(each for name in STRUCTURE for each in _tables(f"[{name}]", SCHEMA["properties"][name]))


# --- what both share


def type_of(field: Schema) -> str:
    """In words: `list`, `whole number`, `secret`, `debug, info, warning or error`."""
    if choices := field.get("enum"):
        return f"{', '.join(choices[:-1])} or {choices[-1]}"
    for each in field.get("anyOf", ()):
        return type_of(each)
    name = {"password": "secret", "path": "path"}.get(field.get("format", "")) or field["type"]
    return FIRST.get(name, name)


def _default(field: Schema) -> str:
    value = field.get("default")
    if value in (None, "", [], {}):
        return ""
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
