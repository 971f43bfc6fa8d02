"""Values of any of fisk's types, by their fields, with nasty text in each."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum
from functools import cache
from random import Random
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from deploy.core.model import Actor, Operation, Origin, Resource
from deploy.core.outcomes import Outcome
from deploy.kinds import KINDS
from tests.bot.anything import OUTCOMES, names
from tests.fuzz import pieces

LATEST = 2e9  # seconds since the epoch


def text(random: Random) -> str:
    """Nasty text without halves of characters, which never get as far as into a value."""
    return pieces.text(random).encode("utf-8", "replace").decode()


def operation(random: Random) -> Operation:
    kind = random.choice(list(KINDS))
    return Operation(
        id="d-7k3f",
        kind=kind,
        actor=actor(random),
        origin=Origin("slack", "C0DEPLOYS"),
        arguments=of(random, KINDS[kind].arguments),
        resources=(Resource("app", text(random)),),
        created=random.uniform(0, LATEST),
        reason=text(random),
        line=text(random),
    )


def actor(random: Random) -> Actor:
    """No value has an id in another form: Actor refuses it."""
    return random.choice(
        (
            Actor("U024BE7LH", "ana"),
            Actor("Z" * random.randrange(40), text(random)),
            Actor("cli:ana", text(random)),
        )
    )


def of(random: Random, kind: Any) -> Any:
    """A value of a type."""
    if kind in PLAIN:
        return PLAIN[kind](random)
    if kind is Outcome:
        return of(random, random.choice(OUTCOMES))
    if (origin := get_origin(kind)) in PARTS:
        return PARTS[origin](random, get_args(kind))
    if issubclass(kind, Enum):
        return random.choice(list(kind))
    return kind(**{name: of(random, each) for name, each in _fields(kind)})


@cache
def _fields(kind: Any) -> tuple[tuple[str, Any], ...]:
    types = get_type_hints(kind, localns=names(kind.__module__), include_extras=False)
    return tuple((each.name, types[each.name]) for each in fields(kind) if each.init)


def _several(random: Random, kind: Any) -> list[Any]:
    return [of(random, kind) for _ in range(random.randint(0, 2))]


def _tuple(random: Random, kinds: tuple[Any, ...]) -> tuple[Any, ...]:
    if kinds[-1] is ...:
        return tuple(_several(random, kinds[0]))
    return tuple(of(random, each) for each in kinds)


PLAIN: dict[Any, Any] = {
    str: text,
    int: lambda random: random.choice((0, 1, 2, 59, 2**31, 2**40)),
    float: lambda random: random.choice((0.0, 0.5, 61.0, random.uniform(0, LATEST))),
    bool: lambda random: random.random() < 0.5,
    NoneType: lambda _: None,
    Actor: actor,
    Operation: operation,
}
PARTS: dict[Any, Any] = {
    Literal: lambda random, values: random.choice(values),
    Annotated: lambda random, kinds: of(random, kinds[0]),
    Union: lambda random, kinds: of(random, random.choice(kinds)),
    UnionType: lambda random, kinds: of(random, random.choice(kinds)),
    dict: lambda random, kinds: {
        of(random, kinds[0]): of(random, kinds[1]) for _ in range(random.randint(0, 2))
    },
    frozenset: lambda random, kinds: frozenset(_several(random, kinds[0])),
    tuple: _tuple,
}
