"""An application's environment variables as Coolify stores them, and the validation of each version."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from sandbox.coolify import version as changes
from sandbox.coolify.ids import new_uuid
from sandbox.coolify.version import order

if TYPE_CHECKING:
    from sandbox.coolify.server import Coolify

# What Laravel trims from every string in a request: white space and invisible characters.
BLANKS = " \t\n\r\0\x0b\x0c\x85\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180e" + "".join(
    map(
        chr,
        (
            *range(0x2000, 0x2010), 0x2028, 0x2029, 0x202F, 0x205F, *range(0x2060, 0x2066), *range(0x206A, 0x2070),
            0x2800, 0x3000, 0x3164, 0xFEFF, 0xFFA0, 0x1D159, *range(0x1D173, 0x1D17B), 0xE0020,
        ),
    )
)  # fmt: skip
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
LONGEST_KEY = 255
LONGEST_COMMENT = 256
CREATED = "2026-01-11T17:40:12.000000Z"
REFERENCE = re.compile(r"\{\{\s*(team|project|environment|server)\.[^}]*\}\}")
FLAGS = ("is_preview", "is_literal", "is_multiline", "is_shown_once", "is_runtime", "is_buildtime")
STUBBORN = ("is_multiline", "is_shown_once")  # an update that omits one fails if the row has it set


class Refused(Exception):
    """Coolify's validation error for a variable."""

    def __init__(self, status: int, text: str, **errors: object) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.errors = errors


@dataclass
class Variable:
    """A row of the table."""

    id: int
    key: str
    value: str | None = None
    is_preview: bool = False
    is_literal: bool = False
    is_multiline: bool = False
    is_shown_once: bool = False
    is_runtime: bool = True
    is_buildtime: bool = True
    is_build_time: bool = False
    comment: str | None = None
    uuid: str = field(default_factory=new_uuid)
    created_at: str = CREATED
    updated_at: str = CREATED

    def payload(self, coolify: Coolify, scope: str, *, sensitive: bool) -> dict[str, Any]:
        """The row as in the API; references are resolved in `scope`."""
        row = {name: getattr(self, name) for name in _shown(coolify.version)}
        row["is_shared"] = self._refers
        return row | self._values(coolify, scope) if sensitive else row

    def _values(self, coolify: Coolify, scope: str) -> dict[str, str | None]:
        if self.is_shown_once and not coolify.older(changes.SHOWN_ONCE_HIDDEN):
            return {"value": None, "real_value": None}
        return {"value": self.value, "real_value": self._real(scope)}

    @property
    def _refers(self) -> bool:
        return "{{" in (self.value or "") and REFERENCE.search(self.value or "") is not None

    def _real(self, scope: str) -> str | None:
        """`real_value`: quoted and with references resolved, so no copy should use it."""
        if self.value is None:
            return None
        if self.is_literal or self.is_multiline:
            return f"'{self.value}'"
        resolved = REFERENCE.sub(f"resolved in {scope}", self.value) if self._refers else self.value
        return resolved.replace("$", "\\$")


@cache
def _shown(version: str) -> tuple[str, ...]:
    """The columns that a version's API shows, besides the value."""
    known: tuple[str, ...] = ("id", "uuid", "key", *FLAGS[:4])
    if order(version) >= order(changes.RUNTIME_FLAGS):
        known += ("is_runtime", "is_buildtime")
    if order(version) < order(changes.NO_BUILD_TIME):
        known += ("is_build_time",)
    if order(version) >= order(changes.COMMENT):
        known += ("comment",)
    return (*known, "created_at", "updated_at")


class Variables:
    """The variables of one application."""

    def __init__(self) -> None:
        self.rows: list[Variable] = []
        self._made = 0

    def find(self, key: str, *, preview: bool) -> Variable | None:
        return next((row for row in self.rows if row.key == key and row.is_preview is preview), None)

    def add(self, key: str, value: str | None, *, preview_too: bool = True, **flags: Any) -> Variable:
        """Add a row; a production one also creates a preview, unless there is one."""
        self._made += 1
        row = Variable(self._made, key, value, **flags)
        self.rows.append(row)
        if preview_too and not row.is_preview and self.find(key, preview=True) is None:
            copied = {
                name: getattr(row, name) for name in FLAGS if name not in {"is_preview", "is_shown_once"}
            }
            self.add(key, value, is_preview=True, **copied)
        return row

    def remove(self, uuid: str) -> bool:
        kept = [row for row in self.rows if row.uuid != uuid]
        removed = len(kept) < len(self.rows)
        self.rows = kept
        return removed

    @property
    def as_set(self) -> set[tuple[Any, ...]]:
        """All columns that a copy must reproduce, without ids."""
        return {
            (row.key, row.value, row.comment, *(getattr(row, name) for name in (*FLAGS, "is_build_time")))
            for row in self.rows
        }


# --- validation by version


def fields(coolify: Coolify) -> frozenset[str]:
    """The fields that POST and PATCH accept."""
    return _fields(coolify.version)


@cache
def _fields(version: str) -> frozenset[str]:
    known = {"key", "value", "is_preview", "is_literal"}
    if order(version) < order(changes.NO_BUILD_TIME):
        known |= {"is_build_time"}
    if order(version) >= order(changes.RUNTIME_FLAGS):
        known |= {"is_multiline", "is_shown_once", "is_runtime", "is_buildtime"}
    if order(version) >= order(changes.COMMENT):
        known |= {"comment"}
    return frozenset(known)


def accepted(coolify: Coolify, body: dict[str, Any]) -> dict[str, Any]:
    """The body after Laravel's trimming and Coolify's validation. Raises Refused."""
    errors: dict[str, object] = {}
    for name in body.keys() - fields(coolify):
        errors[name] = ["This field is not allowed."]
    taken = {name: _trimmed(value) for name, value in body.items()}
    errors |= _wrong(coolify, taken)
    if errors:
        raise Refused(422, "Validation failed.", **errors)
    if coolify.older(changes.ANY_KEY):
        taken["key"] = taken["key"].replace(" ", "_")
    return taken


def _trimmed(value: object) -> Any:
    return (value.strip(BLANKS) or None) if isinstance(value, str) else value


def _wrong(coolify: Coolify, taken: dict[str, Any]) -> dict[str, object]:
    errors: dict[str, object] = {}
    if not isinstance(taken.get("key"), str):
        errors["key"] = ["The key field is required."]
    elif not _may_be_named(coolify, taken["key"]):
        errors["key"] = ["The key field format is invalid."]
    if not isinstance(taken.get("value"), str | None):
        errors["value"] = ["The value field must be a string."]
    if len(str(taken.get("comment") or "")) > LONGEST_COMMENT:
        errors["comment"] = [f"The comment field must not be greater than {LONGEST_COMMENT} characters."]
    for name in (*FLAGS, "is_build_time"):
        if not isinstance(taken.get(name, False), bool):
            errors[name] = [f"The {name.replace('_', ' ')} field must be true or false."]
    return errors


def _may_be_named(coolify: Coolify, key: str) -> bool:
    if coolify.older(changes.ANY_KEY):
        return True
    if coolify.older(changes.STRICT_KEYS):
        return "=" not in key
    return KEY.fullmatch(key) is not None and len(key) <= LONGEST_KEY


def create(variables: Variables, body: dict[str, Any], *, preview_too: bool = True) -> Variable:
    """Create a row; omitted flags are false, but is_runtime and is_buildtime are true."""
    flags = {
        name: value for name, value in body.items() if name not in {"key", "value"} and value is not None
    }
    return variables.add(body["key"], body.get("value"), preview_too=preview_too, **flags)


def update(row: Variable, body: dict[str, Any]) -> None:
    """Overwrite a row. Raises Refused, with nothing written, if the body omits a flag that is set."""
    if any(getattr(row, name) and name not in body for name in STUBBORN):
        raise Refused(500, "Server Error")
    row.value = body.get("value")
    row.is_literal = body.get("is_literal", False)
    for name in ("is_multiline", "is_shown_once", "is_runtime", "is_buildtime", "is_build_time", "comment"):
        if name in body:
            setattr(row, name, body[name])
