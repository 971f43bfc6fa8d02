"""The jobs that a matrix makes.

https://docs.github.com/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from deploy.doctor.workflows.errors import Unreadable
from deploy.doctor.workflows.yaml_file import table

MOST = 256  # jobs; GitHub's own limit
MOST_COMBINATIONS = 10_000  # before `exclude`

Combination = dict[str, Any]


def combinations(raw: Mapping[str, Any]) -> list[Combination]:
    """Every job's values, of a matrix whose expressions are resolved; one without any where there is no matrix.

    Raises:
        Unreadable: it makes more jobs than GitHub starts.
    """
    axes = {
        name: value
        for name, value in raw.items()
        if name not in ("include", "exclude") and isinstance(value, list)
    }
    if math.prod(len(values) for values in axes.values()) > MOST_COMBINATIONS:
        raise Unreadable(f"its matrix makes more than {MOST_COMBINATIONS} jobs")
    crossed = (
        [dict(zip(axes, each, strict=True)) for each in itertools.product(*axes.values())] if axes else []
    )
    left = [each for each in crossed if not any(_fits(out, each) for out in _tables(raw.get("exclude")))]
    found = _included(left, _tables(raw.get("include")))
    if len(found) > MOST:
        raise Unreadable(f"its matrix makes more than {MOST} jobs")
    return found if found or axes else [{}]


def _included(combined: Sequence[Combination], include: Sequence[Mapping[str, Any]]) -> list[Combination]:
    """`include` adds its keys to every combination none of whose own values it would change; where there is no such
    combination, it is one of its own.
    """
    grown, more = [dict(each) for each in combined], []
    for added in include:
        fitting = [new for own, new in zip(combined, grown, strict=True) if _agrees(added, own)]
        for each in fitting:
            each.update(added)
        if not fitting:
            more.append(dict(added))
    return [*grown, *more]


def _agrees(added: Mapping[str, Any], own: Combination) -> bool:
    return all(own[name] == value for name, value in added.items() if name in own)


def _fits(wanted: Mapping[str, Any], each: Combination) -> bool:
    return all(name in each and _within(value, each[name]) for name, value in wanted.items())


def _within(wanted: Any, value: Any) -> bool:
    """An `exclude` may name some keys of a value that is a table."""
    if isinstance(wanted, dict) and isinstance(value, dict):
        return all(name in value and _within(each, value[name]) for name, each in wanted.items())
    return bool(wanted == value)


def _tables(value: Any) -> list[Mapping[str, Any]]:
    return [table(each) for each in value] if isinstance(value, list) else []
