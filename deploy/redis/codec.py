"""Values to JSON and back, by their types, under their own names and not those that other systems have for them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import ValidationError

from deploy.core.json_fields import adapter
from deploy.core.log import logger
from deploy.core.signing import Forged

if TYPE_CHECKING:
    from deploy.core.signing import Signer

T = TypeVar("T")

log = logger("fisk.memory")


class Unreadable(ValueError):
    """Not in the form that this fisk writes: another version's, or nobody's. Its text tells no values."""


def dump(kind: Any, value: object) -> str:
    return adapter(kind).dump_json(value).decode()


def load(kind: type[T], text: str | bytes) -> T:
    """Parse JSON. Raises Unreadable where it is invalid, as from another version of fisk."""
    try:
        value: T = adapter(cast("Hashable", kind)).validate_json(text, by_alias=False, by_name=True)
    except ValidationError as error:
        raise Unreadable(_where(error)) from None
    return value


def validate(kind: Any, fields: object) -> Any:
    """A value from its JSON fields. Raises Unreadable likewise."""
    try:
        return adapter(kind).validate_python(fields, by_alias=False, by_name=True)
    except ValidationError as error:
        raise Unreadable(_where(error)) from None


def _where(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'all of it'} does not fit ({first['type']})"


def readable(kind: type[T], text: str, what: str) -> T | None:
    """A value, or None where the JSON is invalid, which is logged under the name `what`."""
    try:
        return load(kind, text)
    except ValueError:
        log.warning("unreadable record", of=what)
        return None


def believed(kind: type[T], text: str, what: str, signer: Signer, *place: str) -> T | None:
    """A signed value; None where it was not signed for this place, is a newer fisk's or invalid, which is logged."""
    try:
        content = signer.opened(text, *place)
    except ValueError as error:
        log.warning("forged record" if isinstance(error, Forged) else "unreadable record", of=what)
        return None
    return readable(kind, content, what)
