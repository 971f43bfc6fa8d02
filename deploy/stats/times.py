"""Durations, in seconds: a median only where there are enough for one."""

from __future__ import annotations

from collections.abc import Iterable

from deploy.core.durations import Usual, usual
from deploy.core.values import dataclass

FEW = 5  # under so many there is no median and no rate: each one is shown instead


@dataclass(frozen=True, slots=True)
class Times:
    """`usual` is None where there are fewer than FEW, which then are all in `few`, the shortest first."""

    count: int = 0
    usual: Usual | None = None
    few: tuple[float, ...] = ()


def times(took: Iterable[float]) -> Times:
    """What is no duration, since two clocks disagree, counts as a second."""
    values = sorted(seconds if seconds > 0 else 1.0 for seconds in took)
    if len(values) < FEW:
        return Times(len(values), few=tuple(values))
    return Times(len(values), usual(values))
