"""An environment variable of a Coolify application. Its value is a secret: nothing here shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr

from deploy.core.json_fields import OURS, Flag, RequiredText, Text, called, text, texts
from deploy.core.model import Resource
from deploy.core.values import dataclass

TRIMMED = " \t\n\r\0\x0b"  # what Coolify takes off both ends of a value before it keeps it
# What its API takes off besides: other blanks, and characters that nobody sees, as they come along with a paste.
UNSENT = TRIMMED + "\f\x85\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180e" + "".join(
    map(
        chr,
        (
            *range(0x2000, 0x2010), 0x2028, 0x2029, 0x202F, 0x205F, *range(0x2060, 0x2066), *range(0x206A, 0x2070),
            0x2800, 0x3000, 0x3164, 0xFEFF, 0xFFA0, 0x1D159, *range(0x1D173, 0x1D17B), 0xE0020,
        ),
    )
)  # fmt: skip
Name = tuple[str, bool]  # key and whether it is a preview's: what tells one variable from another


def _secret(value: Any) -> SecretStr:
    return SecretStr(text(value))


def _hosts(value: Any) -> tuple[str, ...]:
    """Those of addresses between commas."""
    return texts(value) if isinstance(value, list) else tuple(re.findall(r"://([^/:,]+)", text(value)))


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable as Coolify tells it.

    Attributes:
        uuid: Coolify's id of it; empty for one that is yet to be made.
        value: None where Coolify does not tell it.
        runtime: whether containers get it; versions that do not tell the times apart say yes to both.
        buildtime: whether builds get it.
    """

    key: RequiredText
    value: Annotated[SecretStr | None, BeforeValidator(_secret), Field(default=None)]
    preview: Annotated[Flag, called("is_preview")] = False
    literal: Annotated[Flag, called("is_literal")] = False
    multiline: Annotated[Flag, called("is_multiline")] = False
    shown_once: Annotated[Flag, called("is_shown_once")] = False
    runtime: Annotated[Flag, called("is_runtime")] = True
    buildtime: Annotated[Flag, called("is_buildtime", "is_build_time")] = True
    comment: Text = ""
    uuid: Text = ""

    @property
    def name(self) -> Name:
        return self.key, self.preview

    @property
    def text(self) -> str:
        """The value as Coolify keeps it; empty where there is none, or where it is not told."""
        return stored(self.value.get_secret_value()) if self.value is not None else ""

    @property
    def flags(self) -> tuple[str, ...]:
        """What is set, and what usually is set and is not, in words."""
        told = {
            "preview": self.preview,
            "literal": self.literal,
            "multi-line": self.multiline,
            "shown once": self.shown_once,
            "not at run time": not self.runtime,
            "not at build time": not self.buildtime,
        }
        return tuple(word for word, so in told.items() if so)

    @property
    def content(self) -> tuple[str | bool, ...]:
        """All that a copy must get right."""
        settings = (self.literal, self.multiline, self.shown_once, self.runtime, self.buildtime)
        return (self.text, *settings, self.comment.strip(UNSENT))


@dataclass(frozen=True, slots=True)
class Owner:
    """An application that has variables. `hosts` are those that it is reached at; `target` is its name in fisk."""

    uuid: RequiredText
    name: Text
    hosts: Annotated[tuple[str, ...], BeforeValidator(_hosts), called("fqdn")] = ()
    target: Annotated[str, OURS] = ""

    @property
    def resource(self) -> Resource:
        """What operations on the application itself lock."""
        return Resource("app", self.target or self.uuid)


def stored(value: str) -> str:
    """A value as Coolify keeps it: trimmed, and what is empty then is none."""
    return value.strip(TRIMMED)


def first_of_each(variables: Iterable[Variable]) -> dict[Name, Variable]:
    """By name; of several of one name the first, which is the one that Coolify overwrites."""
    found: dict[Name, Variable] = {}
    for variable in variables:
        found.setdefault(variable.name, variable)
    return found


def shown(name: Name) -> str:
    """`KEY`, or `KEY (preview)`."""
    return f"{name[0]} (preview)" if name[1] else name[0]
