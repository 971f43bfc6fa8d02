"""Values to JSON and back, by their own types. An adapter is built when it is first needed: they cost."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def dump(kind: Any, value: object) -> str:
    return adapter(kind).dump_json(value).decode()


def load(kind: type[T], text: str | bytes) -> T:
    """Raise pydantic's ValidationError where the text does not fit: the record is from another fisk."""
    value: T = adapter(kind).validate_json(text)
    return value
