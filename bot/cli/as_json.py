"""Values as lists, objects and texts, as --json prints them."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter


def as_json(value: Any) -> Any:
    return TypeAdapter(type(value)).dump_python(value, mode="json")
