"""Values to JSON and back, by their types, under their own names and not those that other systems have for them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from deploy.core.json_fields import adapter
from deploy.core.log import logger
from deploy.core.signing import Forged

if TYPE_CHECKING:
    from deploy.core.signing import Signer

if TYPE_CHECKING:
    from collections.abc import Hashable

T = TypeVar("T")

log = logger("fisk.memory")


def dump(kind: Any, value: object) -> str:
    return adapter(kind).dump_json(value).decode()


def load(kind: type[T], text: str | bytes) -> T:
    """Parse JSON. Raises pydantic's ValidationError where it is invalid, as from another version of fisk."""
    value: T = adapter(cast("Hashable", kind)).validate_json(text, by_alias=False, by_name=True)
    return value


def validate(kind: Any, fields: object) -> Any:
    """A value from its JSON fields. Raises pydantic's ValidationError likewise."""
    return adapter(kind).validate_python(fields, by_alias=False, by_name=True)


def readable(kind: type[T], text: str, what: str) -> T | None:
    """A value, or None where the JSON is invalid, which is logged under the name `what`."""
    try:
        return load(kind, text)
    except ValueError:
        log.warning("unreadable record", of=what)
        return None


def believed(kind: type[T], text: str, what: str, signer: Signer, *place: str) -> T | None:
    """A signed value; None where it was not signed for this place, or is invalid, which is logged."""
    try:
        return readable(kind, signer.opened(text, *place), what)
    except Forged:
        log.warning("forged record", of=what)
        return None
