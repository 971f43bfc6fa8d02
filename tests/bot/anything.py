"""Hypothesis strategies: replies and outcomes of every kind, with arbitrary text from outside."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from dataclasses import fields
from enum import Enum
from functools import cache
from importlib import import_module
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from deploy.core.model import Actor, Operation, Origin, Resource
from deploy.core.outcomes import ENDS, Outcome
from deploy.kinds import KINDS

WRITTEN = "<!here>\x1b]52;c;\x9b2K"  # seven characters of a ping, then what a terminal would obey

actors = st.just(Actor("U024BE7LH", "ana"))


def _operations(kind: str) -> st.SearchStrategy[Operation]:
    return st.builds(
        Operation,
        id=st.just("d-7k3f"),
        kind=st.just(kind),
        actor=actors,
        origin=st.just(Origin("slack", "C0DEPLOYS")),
        arguments=st.deferred(lambda: anything(KINDS[kind].arguments)),
        resources=st.just((Resource("app", WRITTEN),)),
        created=st.floats(0, 2e9),
        reason=st.sampled_from(("", WRITTEN)),
        line=st.just(WRITTEN),
    )


OUTCOMES = tuple(dict.fromkeys((*ENDS, *(each for kind in KINDS.values() for each in kind.outcomes))))
operations = st.sampled_from(list(KINDS)).flatmap(_operations)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.sampled_from(("", WRITTEN)),
    int: st.integers(0, 2**40),
    float: st.floats(0, 2e9),
    bool: st.booleans(),
    NoneType: st.none(),
    Actor: actors,
    Operation: operations,
}


def anything(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type, by its fields."""
    if kind in PLAIN:
        return PLAIN[kind]
    if kind is Outcome:
        return _one_of(*OUTCOMES)
    if made := OF.get(get_origin(kind)):
        return made(*get_args(kind))
    return st.sampled_from(kind) if issubclass(kind, Enum) else _filled(kind.__module__, kind)


@cache
def _filled(module: str, kind: Any) -> st.SearchStrategy[Any]:
    types = get_type_hints(kind, localns=names(module))
    return st.builds(kind, **{each.name: anything(types[each.name]) for each in fields(kind) if each.init})


def _one_of(*kinds: Any) -> st.SearchStrategy[Any]:
    return st.one_of(*map(anything, kinds))


def _tuple(*kinds: Any) -> st.SearchStrategy[Any]:
    if kinds[-1] is ...:
        return st.lists(anything(kinds[0]), max_size=2).map(tuple)
    return st.tuples(*map(anything, kinds))


OF: dict[Any, Callable[..., st.SearchStrategy[Any]]] = {
    Literal: lambda *values: st.sampled_from(values),
    Annotated: lambda kind, *_: anything(kind),
    Union: _one_of,
    UnionType: _one_of,
    dict: lambda key, value: st.dictionaries(anything(key), anything(value), max_size=2),
    frozenset: lambda kind: st.frozensets(anything(kind), max_size=2),
    tuple: _tuple,
}


def names(module: str) -> dict[str, Any]:
    """What a module's annotations may name, also what it imports for the type checker alone."""
    names: dict[str, Any] = dict(vars(sys.modules[module]))
    for node in ast.walk(ast.parse(Path(str(sys.modules[module].__file__)).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            imported = import_module(node.module)
            names |= {alias.name: getattr(imported, alias.name) for alias in node.names}
    return names
