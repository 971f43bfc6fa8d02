"""Other systems' JSON, read by pydantic straight into frozen values: what a value's fields are called over there, what
may be missing, and what must fit.

A value that is kept by fisk itself is read by its own names instead (deploy/redis/codec.py).
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BeforeValidator,
    Field,
    StrictBool,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from deploy.core.errors import Unexpected
from deploy.core.units import moment

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

T = TypeVar("T")

LAST = 253_402_300_799.0  # seconds since the epoch at which the year 9999 ends
WORDS = {
    "dataclass_type": "is no object",
    "dict_type": "is no object",
    "int_type": "is no whole number",
    "literal_error": "is none that fisk knows",
    "missing": "is missing",
    "too_short": "is missing",
    "tuple_type": "is no list",
}


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Built at its first use, since that is slow."""
    return TypeAdapter(kind)


def read(system: str, kind: type[T], raw: Any, key: str = "") -> T:
    """A value from an answer of `system`, or from what is under `key` in that answer.

    Raises:
        Unexpected: it does not fit, by the name of the field that does not, and never its value.
    """
    inner = read(system, dict, raw).get(key) if key else raw
    try:
        value: T = adapter(cast("Hashable", kind)).validate_python(inner)
    except ValidationError as error:
        why = _why(error.errors(include_input=False, include_url=False)[0], key)
    else:
        return value
    raise Unexpected(system=system, why=why)  # out here, so that no context keeps the answer


def _why(error: ErrorDetails, key: str) -> str:
    path = ".".join(str(part) for part in ((key,) if key else ()) + error["loc"])
    said = WORDS.get(error["type"], "has another form than it should")
    return f"`{path}` {said}" if path else f"the answer {said}"


def called(*names: str | tuple[str, ...], **more: Any) -> Any:
    """Where a field is in the answer: a key, or the keys that lead to it; of several the first that is there."""
    paths = [AliasPath(*((name,) if isinstance(name, str) else name)) for name in names]
    return Field(validation_alias=AliasChoices(*paths), **more)


def text(value: Any) -> str:
    """A string, or a number as one; empty where there is neither.

    JSON may spell half a surrogate pair, which nothing downstream could write.
    """
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def number(value: Any) -> int:
    """A whole number; 0 where there is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def texts(value: Any, key: str = "") -> tuple[str, ...]:
    """The strings of a list, and what its objects have under `key`; none where there is no list."""
    if not isinstance(value, list | tuple):
        return ()
    found = (item.get(key) if isinstance(item, dict) else item for item in value)
    return tuple(text(item) for item in found if isinstance(item, str))


def _moment(value: Any) -> float:
    """Seconds since the epoch, of an ISO 8601 time too; 0 where there is none."""
    if isinstance(value, float) or number(value):
        return float(value) if 0 <= value <= LAST else 0.0
    return moment(text(value))


# What may be missing. What is as it should be, pydantic takes itself, which is quicker than a function of ours; only
# with a bound of length does it look at the characters, and so leaves half a surrogate pair to us.
_Whole = Annotated[str, StringConstraints(strict=True, min_length=0)]
_Truth = Annotated[bool, BeforeValidator(lambda value: value in (True, 1))]
Text = Annotated[
    _Whole | Annotated[str, BeforeValidator(text)], Field(default="", union_mode="left_to_right")
]
Number = Annotated[int, BeforeValidator(number), Field(default=0)]
Flag = Annotated[StrictBool | _Truth, Field(default=False, union_mode="left_to_right")]
Moment = Annotated[float, BeforeValidator(_moment), Field(default=0.0)]
Texts = Annotated[tuple[str, ...], BeforeValidator(texts), Field(default=())]
# Before a tuple, which is empty then where there is no list
PARTS = BeforeValidator(lambda value: value if isinstance(value, list | tuple) else ())
# What must be there
RequiredText = Annotated[str, BeforeValidator(text), Field(min_length=1)]
RequiredNumber = Annotated[int, Field(strict=True)]
OURS = called("")  # a field that fisk fills in, and no answer has


def texts_at(key: str) -> Any:
    """The texts under `key` in the objects of a list."""
    return BeforeValidator(partial(texts, key=key))


def otherwise(default: str | int) -> Any:
    """What stands for an empty text, or for 0."""
    return AfterValidator(lambda value: value or default)
