"""The values of GitHub's expressions, and what is not known of them.

https://docs.github.com/actions/reference/workflows-and-actions/expressions
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from deploy.doctor.workflows.yaml_file import text_of


class _Unknown:
    """What cannot be told from the file."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()
STATES = ("success", "failure", "cancelled")  # of what ran before, each of which a function tells


class Partial(str):
    """A text in which expressions stand that nobody can resolve. To logic it is unknown."""

    __slots__ = ()


class Open(dict[str, Any]):
    """A context that may have more than what is known of it."""


def known(value: Any) -> bool:
    return value is not UNKNOWN and not isinstance(value, Partial)


def truth(value: Any) -> bool:
    return not (
        value is None or value is False or value == "" or (_is_number(value) and value in (0, math.nan))
    )


def get(value: Any, name: Any) -> Any:
    """`value.name`, or `value[name]`; names of any case, as GitHub takes them."""
    if not known(value) or not known(name):
        return UNKNOWN
    if isinstance(value, Mapping):
        return _of_table(value, text_of(name))
    if isinstance(value, Sequence) and not isinstance(value, str) and _is_number(name):
        return value[int(name)] if 0 <= name < len(value) else None
    return None


def _of_table(value: Mapping[str, Any], name: str) -> Any:
    if name in value:
        return value[name]
    same = [key for key in value if str(key).lower() == name.lower()]
    missing = UNKNOWN if isinstance(value, Open) else None
    return value[same[0]] if same else missing


def equal(one: Any, two: Any) -> bool:
    """Texts compare without case; of two kinds, both are made numbers."""
    if isinstance(one, str) and isinstance(two, str):
        return one.lower() == two.lower()
    if isinstance(one, dict | list) or isinstance(two, dict | list):
        return one is two
    return number(one) == number(two)


def less(one: Any, two: Any) -> bool:
    if isinstance(one, str) and isinstance(two, str):
        return one.lower() < two.lower()
    return number(one) < number(two)


def number(value: Any) -> float:
    if value is None or value == "":
        return 0.0
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# --- functions


def call(name: str, arguments: Sequence[Any], state: str) -> Any:
    """What a function says in one of the STATES. Unknown where it takes what is unknown."""
    if name in STATES:
        return name == state
    if name == "always":
        return True
    if name not in FUNCTIONS or not all(known(each) and not isinstance(each, Open) for each in arguments):
        return UNKNOWN
    try:
        return FUNCTIONS[name](*arguments)
    except (TypeError, ValueError, IndexError, RecursionError):
        return UNKNOWN


def _contains(where: Any, what: Any) -> bool:
    if isinstance(where, list):
        return any(equal(each, what) for each in where)
    return text_of(what).lower() in text_of(where).lower()


def _format(pattern: Any, *arguments: Any) -> str:
    made = text_of(pattern).replace("{{", "\0").replace("}}", "\1")
    for place, each in enumerate(arguments):
        made = made.replace(f"{{{place}}}", text_of(each))
    return made.replace("\0", "{").replace("\1", "}")


def _join(values: Any, between: Any = ",") -> str:
    return text_of(between).join(text_of(each) for each in (values if isinstance(values, list) else [values]))


def _case(*arguments: Any) -> Any:
    """`case(condition, value, …, otherwise)`."""
    pairs = zip(arguments[:-1:2], arguments[1:-1:2], strict=True)
    return next((value for condition, value in pairs if truth(condition)), arguments[-1])


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "contains": _contains,
    "startswith": lambda text, start: text_of(text).lower().startswith(text_of(start).lower()),
    "endswith": lambda text, end: text_of(text).lower().endswith(text_of(end).lower()),
    "format": _format,
    "join": _join,
    "tojson": lambda value: json.dumps(value, indent=2),
    "fromjson": lambda text: json.loads(text_of(text)),
    "case": _case,
}
