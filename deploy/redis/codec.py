"""Values to JSON and back, by their types. An adapter is built at its first use, since that is slow."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import TypeAdapter

from deploy.core.log import logger

if TYPE_CHECKING:
    from collections.abc import Hashable

T = TypeVar("T")

log = logger("fisk.memory")


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def dump(kind: Any, value: object) -> str:
    return adapter(kind).dump_json(value).decode()


def load(kind: type[T], text: str | bytes) -> T:
    """Parse JSON. Raises pydantic's ValidationError where it is invalid, as from another version of fisk."""
    value: T = adapter(cast("Hashable", kind)).validate_json(text)
    return value


def validate(kind: type[T], fields: object) -> T:
    """A value from its JSON fields. Raises pydantic's ValidationError likewise."""
    value: T = adapter(cast("Hashable", kind)).validate_python(fields)
    return value


def readable(kind: type[T], text: str, what: str) -> T | None:
    """A value, or None where the JSON is invalid, which is logged under the name `what`."""
    try:
        return load(kind, text)
    except ValueError:
        log.warning("unreadable record", of=what)
        return None
