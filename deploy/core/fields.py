"""Types of the fields of fisk.toml, validated when the file is read."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

LARGEST_PORT = 65535
UNITS = {"s": 1, "m": 60, "h": 3600}  # of a duration, in seconds
DURATION = re.compile(r"(\d{1,6})([smh])")


def _addressed(url: str) -> str:
    """Checks the syntax of an address only; whether it answers shows at the first request."""
    try:
        urlsplit(url).port  # noqa: B018 (reading the property validates the port)
    except ValueError:
        raise ValueError("its host or its port cannot be one") from None
    return url


def _pairs(table: object) -> object:
    return tuple(table.items()) if isinstance(table, dict) else table


Text = Annotated[str, Field(min_length=1)]
Port = Annotated[int, Field(gt=0, le=LARGEST_PORT)]
Url = Annotated[str, AfterValidator(_addressed)]
HttpUrl = Annotated[Url, Field(pattern=r"^https?://")]
OptionalHttpUrl = Annotated[Url, Field(pattern=r"^$|^https?://")]
ImageName = Annotated[str, Field(pattern=r"^[a-z0-9.\-]+(:\d+)?/[a-z0-9._/\-]+$")]  # without a tag
OptionalImageName = Annotated[str, Field(pattern=r"^$|^[a-z0-9.\-]+(:\d+)?/[a-z0-9._/\-]+$")]
Repository = Annotated[str, Field(pattern=r"^$|^[^/\s]+/[^/\s]+$")]  # OWNER/NAME
Folder = Annotated[str, Field(pattern=r"^$|^/[A-Za-z0-9_.@/\-]+$")]  # absolute
ServiceName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$")]  # of a compose file
VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
OptionalVariable = Annotated[str, Field(pattern=r"^$|^[A-Za-z_][A-Za-z0-9_]*$")]
Template = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:/@{}\-]*$")]  # of a variable's value; needs no quotes
Variables = Annotated[
    tuple[tuple[VariableName, Template], ...],
    BeforeValidator(_pairs),  # a value that can be a key has no dict
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
]
ContainerName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$")]


def _known_forms(entries: frozenset[str]) -> frozenset[str]:
    for entry in entries:
        if not (entry.startswith("cli:") or entry[:1] in {"U", "W", "S"}):
            raise ValueError(f"{entry!r} is no Slack user (U…), user group (S…) or terminal user (cli:NAME)")
    return entries


def _several(globs: object) -> object:
    return (globs,) if isinstance(globs, str) else globs


def _duration(value: object) -> object:
    """The seconds of `90s`, `10m` or `1h`; a number is seconds already."""
    if not isinstance(value, str):
        return value
    found = DURATION.fullmatch(value)
    if found is None:
        raise ValueError(f"{value!r} is no duration, such as 90s, 10m or 1h")
    return float(found[1]) * UNITS[found[2]]


Duration = Annotated[
    float, Field(ge=0), BeforeValidator(_duration), WithJsonSchema({"type": "string"})
]  # seconds, which people write as 10m
Globs = Annotated[tuple[Text, ...], BeforeValidator(_several)]  # one needs no brackets
Members = Annotated[frozenset[str], AfterValidator(_known_forms)]
