"""Values of a type, always the same: a plain one, and for each field one with each other value that it may have.

A text is the name of its field in capital letters, so that the golden file shows sentences as templates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from deploy.core.actor import Actor
from deploy.core.model import Operation, Origin, Resource
from deploy.core.outcomes import Outcome
from deploy.kinds import KINDS
from tests.bot.anything import OUTCOMES, names

NOW = 1_790_000_000.0
NEW, OLD = "3f2a1b9c04d5e6f708192a3b4c5d6e7f80910213", "a4c9e1f0b1c2d3e4f5061728394a5b6c7d8e9f00"
DIGEST = "sha256:9f31" + "0" * 60
ANA, MARKO = Actor("U024BE7LH", "ana"), Actor("U0MARKO01", "marko")
UUID, APP = "86sdcuaa2863ba91wdxccvwd", "/project/p0gs4w8k/environment/e8ckw0o4/application/a4ck8wgs"
BY_NAME: dict[str, Any] = {
    "sha": NEW,
    "wanted": NEW,
    "commit": NEW,
    "previous": OLD,
    "runs": OLD,
    "set_to": OLD,
    "digest": DIGEST,
    "target": "app",
    "image": "ghcr.io/wandeon/fiskai-app",
    "operation": "d-7k3f",
    "begun": "d-7k3f",
    "line": "deploy 3f2a1b9 --to app",
    "command": "deploy 3f2a1b9 --to app",
    "resource": "app",
    "url": "https://example.com/page",
    "uuid": UUID,
    "page": f"{APP}/deployment/{UUID}",
    "app_page": APP,
    "deployment": f"{APP}/deployment/{UUID}",
    "deployments": f"{APP}/deployment/{UUID}",
    "status": "STATUS",
}
MOMENTS = (
    "at",
    "now",
    "since",
    "until",
    "created",
    "updated",
    "started",
    "finished",
    "seen",
    "began",
    "expires",
)
DEEPEST = 2  # levels of nested values whose variations are shown, too


def operation(kind: str) -> Operation:
    """A plain one of a kind."""
    arguments = sample(KINDS[kind].arguments)
    return Operation(
        id="d-7k3f",
        kind=kind,
        actor=ANA,
        origin=Origin("slack", "C0DEPLOYS"),
        arguments=arguments,
        resources=(Resource("app", "app"),),
        created=NOW - 42,
        line="deploy 3f2a1b9 --to app",
        decided="role team",
        usual=120,
    )


def sample(kind: Any) -> Any:
    """The plain value of a type."""
    return next(samples(kind))


def samples(kind: Any, name: str = "", depth: int = 0) -> Iterator[Any]:
    """All values of a type that the golden file shows; `name` is that of the field which they fill."""
    if kind in PLAIN:
        yield from PLAIN[kind](name)
    elif kind is Outcome:
        yield from (sample(each) for each in OUTCOMES)
    elif made := OF.get(get_origin(kind)):
        yield from made(name, depth, *get_args(kind))
    elif issubclass(kind, Enum):
        yield from kind
    else:
        yield from _filled(kind, depth)


def _filled(kind: Any, depth: int) -> Iterator[Any]:
    types = _types(kind)
    shown = {each: list(samples(types[each], each, depth + 1)) for each in types}
    plain = kind(**{each: values[0] for each, values in shown.items()})
    yield plain
    if depth < DEEPEST:
        for each, values in shown.items():
            for value in values[1:]:
                yield replace(plain, **{each: value})


@cache
def _types(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind, localns=names(kind.__module__))
    return {each.name: hints[each.name] for each in fields(kind) if each.init}


def _text(name: str) -> Iterator[str]:
    yield str(BY_NAME.get(name, name.upper().replace("_", " ") or "TEXT"))
    yield ""


def _seconds(name: str) -> Iterator[float]:
    yield NOW - 3600 if name in MOMENTS else 90.0


def _one_of(name: str, _depth: int, *kinds: Any) -> Iterator[Any]:
    for kind in sorted(kinds, key=lambda each: each is NoneType):
        yield sample(kind) if kind not in PLAIN else next(PLAIN[kind](name))


def _tuple(name: str, depth: int, *kinds: Any) -> Iterator[Any]:
    if kinds[-1] is not ...:
        yield tuple(next(samples(kind, name, depth)) for kind in kinds)
        return
    found = list(samples(kinds[0], name, depth))
    yield (found[0],)
    yield ()
    yield from ((each,) for each in found[1:])


def _dict(name: str, depth: int, key: Any, value: Any) -> Iterator[Any]:
    yield {next(samples(key, name, depth)): next(samples(value, name, depth))}
    yield {}


PLAIN: dict[Any, Callable[[str], Iterator[Any]]] = {
    str: _text,
    int: lambda _: iter((3, 1, 0)),
    float: _seconds,
    bool: lambda _: iter((True, False)),
    NoneType: lambda _: iter((None,)),
    Actor: lambda _: iter((ANA,)),
    Operation: lambda _: iter((operation("deploy"),)),
}
OF: dict[Any, Callable[..., Iterator[Any]]] = {
    Literal: lambda _name, _depth, *values: iter(values),
    Annotated: lambda name, depth, kind, *_: samples(kind, name, depth),
    Union: _one_of,
    UnionType: _one_of,
    dict: _dict,
    frozenset: lambda name, depth, kind: (frozenset(each) for each in _tuple(name, depth, kind, ...)),
    tuple: _tuple,
}
