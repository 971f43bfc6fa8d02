"""JSON from outside, field by field: what may be missing reads as empty, what must be there is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deploy.core.errors import Unexpected
from deploy.core.units import moment

if TYPE_CHECKING:
    from collections.abc import Iterable


class Fields:
    """A JSON object of `system`'s; `name` says what it is, for the error about it.

    Raises Unexpected where it is no object.
    """

    def __init__(self, system: str, name: str, raw: Any) -> None:
        self.system = system
        self.name = name
        if not isinstance(raw, dict):
            raise self.unexpected(f"{name} is no object")
        self._raw: dict[str, Any] = raw

    def __contains__(self, key: str) -> bool:
        return key in self._raw

    def text(self, key: str) -> str:
        """A string, or a number as one; empty where there is neither."""
        value = self._raw.get(key)
        if isinstance(value, bool) or not isinstance(value, str | int):
            return ""
        return _encodable(value) if isinstance(value, str) else str(value)

    def required_text(self, key: str) -> str:
        if text := self.text(key):
            return text
        raise self.unexpected(f"{self.name} without {key}")

    def number(self, key: str) -> int:
        """A whole number; 0 where there is none."""
        value = self._raw.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    def required_number(self, key: str) -> int:
        value = self._raw.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise self.unexpected(f"{self.name} without {key}")

    def flag(self, key: str) -> bool:
        return self._raw.get(key) in (True, 1)

    def moment(self, key: str) -> float:
        """A point in time, in seconds since the epoch; 0 where there is none."""
        return moment(self.text(key))

    def part(self, key: str) -> Fields:
        """An object inside; an empty one where there is none."""
        value = self._raw.get(key)
        return Fields(self.system, key, value if isinstance(value, dict) else {})

    def parts(self, key: str, name: str) -> tuple[Fields, ...]:
        """The objects of a list inside, each called `name`; none where there is no list."""
        return self._each(self._raw.get(key), name)

    def required_parts(self, key: str, name: str) -> tuple[Fields, ...]:
        if not isinstance(self._raw.get(key), list):
            raise self.unexpected(f"{self.name} without {key}")
        return self._each(self._raw[key], name)

    def texts(self, key: str) -> tuple[str, ...]:
        """The strings of a list inside."""
        value = self._raw.get(key)
        return (
            tuple(_encodable(item) for item in value if isinstance(item, str))
            if isinstance(value, list)
            else ()
        )

    def raw(self, key: str) -> Any:
        return self._raw.get(key)

    def unexpected(self, why: str) -> Unexpected:
        return Unexpected(system=self.system, why=why)

    def _each(self, value: Any, name: str) -> tuple[Fields, ...]:
        return each(self.system, name, value) if isinstance(value, list) else ()


def each(system: str, name: str, raw: Iterable[Any]) -> tuple[Fields, ...]:
    """Several objects, each called `name`."""
    return tuple(Fields(system, name, item) for item in raw)


def _encodable(text: str) -> str:
    """JSON may spell half a surrogate pair, which nothing downstream could write."""
    return text.encode("utf-8", "replace").decode()
