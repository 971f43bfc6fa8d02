"""A rule: one sentence of the build authority, what it looks at, and a pure judgement of that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from deploy.core.values import dataclass
from deploy.doctor.evidence import Evidence
from deploy.doctor.verdicts import Judgement

T = TypeVar("T")
Look = Callable[[Evidence], Awaitable[T]]


@dataclass(frozen=True, slots=True)
class Rule:
    """`look` may raise any FiskError, which makes the rule unknown; `judge` decides by what it gave.

    `turns`: how many of its questions follow from one another, where they are so many that it is to begin first.
    """

    id: str
    title: str
    look: Look[Any]
    judge: Callable[[Any], Judgement]
    turns: int = 0
