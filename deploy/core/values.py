"""`dataclass` for frozen values with slots: as the standard library's, with one function compiled a class, not six, and
that one when it is first called.

Fields and slots are the standard library's own, so `fields`, `replace`, `asdict` and pydantic know these classes as any
dataclass. What Python 3.11 compiles for each class anew is shared here: that took half a millisecond for each of 500
values, a quarter of fisk's start (docs/decisions/0042-one-compiled-function-a-value.md).
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, NoReturn

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass
else:

    def dataclass(**form: bool) -> Callable[[type], type]:
        """As dataclasses.dataclass, which makes all that is not a frozen value with slots."""
        return _value if form == FROZEN else dataclasses.dataclass(**form)


FROZEN = {"frozen": True, "slots": True}
FROM_FACTORY = object()  # stands for an argument that was not given


def _value(cls: type) -> type:
    if cls.__doc__ is None:
        cls.__doc__ = (
            cls.__name__
        )  # the standard library would show its signature there, which is slow to find out
    made: type = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    made.__init__ = compiled_when_called(made)  # type: ignore[misc]
    for name, method in {**SHARED, **_comparing(made)}.items():
        if cls.__dict__.get(name) is None:  # a class with an __eq__ of its own has None as its __hash__
            setattr(made, name, method)
    return made


def compiled_when_called(made: type) -> Any:
    """`__init__` of a dataclass, which compiles itself at the first call: most classes are never needed in a run."""

    def init(self: Any, *given: Any, **named: Any) -> None:
        made.__init__ = _initialiser(made)  # type: ignore[misc]
        made.__init__(self, *given, **named)  # type: ignore[misc]

    return init


def _initialiser(made: Any) -> Any:
    fields, names = dataclasses.fields(made), dict[str, Any](FROM_FACTORY=FROM_FACTORY)
    named = ["*"] if any(each.kw_only for each in fields) else []
    arguments = ", ".join(["self", *named, *(_argument(each, names) for each in fields)])
    lines = [_setting(made, each, names) for each in fields]
    if hasattr(made, "__post_init__"):
        lines.append("self.__post_init__()")
    body = "\n ".join(lines or ["pass"])
    exec(f"def __init__({arguments}):\n {body}", names)  # noqa: S102 (of the names of fields, as dataclasses does)
    return names["__init__"]


def _argument(field: dataclasses.Field[Any], names: dict[str, Any]) -> str:
    if field.default_factory is not dataclasses.MISSING:
        return f"{field.name}=FROM_FACTORY"
    if field.default is dataclasses.MISSING:
        return field.name
    names[f"_default_{field.name}"] = field.default
    return f"{field.name}=_default_{field.name}"


def _setting(made: type, field: dataclasses.Field[Any], names: dict[str, Any]) -> str:
    """A slot is set by its descriptor, since values refuse to be changed; that is also faster than by its name."""
    given = field.name
    if field.default_factory is not dataclasses.MISSING:
        names[f"_make_{given}"] = field.default_factory
        given = f"_make_{given}() if {given} is FROM_FACTORY else {given}"
    if "__slots__" not in vars(made):
        return f"self.{field.name} = {given}"
    names[f"_set_{field.name}"] = getattr(made, field.name).__set__
    return f"_set_{field.name}(self, {given})"


def _comparing(made: type) -> dict[str, Any]:
    """`__eq__` and `__hash__`, by the fields that count for them."""
    names = [each.name for each in dataclasses.fields(made) if each.compare]
    values: Callable[[Any], Any] = attrgetter(*names) if names else _nothing

    def equals(self: Any, other: Any) -> bool:
        return bool(values(self) == values(other)) if other.__class__ is self.__class__ else NotImplemented

    return {"__eq__": equals, "__hash__": lambda self: hash(values(self))}


def _nothing(_value: Any) -> tuple[()]:
    return ()


# --- what all values share


@recursive_repr()
def _shown(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuses(_self: Any, name: str, *_value: Any) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot change field {name!r}")


def _reduced(self: Any) -> tuple[type, tuple[Any, ...]]:
    """For copies, which are made again of the fields."""
    return type(self), tuple(getattr(self, each.name) for each in dataclasses.fields(self))


SHARED = {"__repr__": _shown, "__setattr__": _refuses, "__delattr__": _refuses, "__reduce__": _reduced}
