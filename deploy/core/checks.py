"""What must be so after a deploy, as `[[targets.NAME.checks]]` of fisk.toml says. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from deploy.core.fields import HttpUrl, Text
from deploy.core.values import dataclass

Scalar = str | int | float | bool
LONGEST = 300.0  # seconds for one answer
OK = 200  # the HTTP status that is expected where none is named


def _pairs(table: Any) -> Any:
    return tuple(table.items()) if isinstance(table, dict) else table


Fields = Annotated[
    tuple[tuple[Text, Scalar], ...], BeforeValidator(_pairs), WithJsonSchema({"type": "object"})
]


@dataclass(frozen=True, slots=True)
class Check:
    """One `[[targets.NAME.checks]]` table: something that must be so after a deploy, by exactly one of `run`, `get` and
    `query`.

    Attributes:
        name: what messages call it.
        run: a command in the new container, as a list of arguments; it must end with status 0.
        service: of a compose project: only its containers run the command; empty: all of them.
        get: a URL that must answer with `status`.
        status: the HTTP status that `get` must answer with.
        contains: a text that its answer must have in it.
        json: what fields of its JSON must be; `"checks.database"` is a field in another one.
        query: PromQL; each value that it has must lie within the bounds.
        prometheus: the address of the Prometheus that `query` goes to.
        below: what each value must be less than.
        above: what each value must be more than.
        within: the seconds in which it must answer.
    """

    name: Text
    run: tuple[Text, ...] = ()
    service: str = ""
    get: HttpUrl | None = None
    status: Annotated[int, Field(ge=100, le=599)] = OK
    contains: str = ""
    json: Fields = ()
    query: str = ""
    prometheus: HttpUrl | None = None
    below: float | None = None
    above: float | None = None
    within: Annotated[float, Field(gt=0, le=LONGEST)] = 10.0

    @property
    def bounded(self) -> bool:
        return self.below is not None or self.above is not None

    @property
    def judged(self) -> bool:
        """Whether it says anything of an HTTP answer."""
        return bool(self.contains or self.json) or self.status != OK


def fitting(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """The checks themselves. Raises ValueError where one asks nothing, or two things, or two have one name."""
    for why in _misfits(checks):
        raise ValueError(why)
    return checks


def _misfits(checks: tuple[Check, ...]) -> Iterator[str]:
    names = Counter(each.name for each in checks)
    yield from (f"two are called {name!r}" for name, count in names.items() if count > 1)
    for each in checks:
        yield from (f"{each.name!r}: {why}" for why in _wrong(each))


def _wrong(it: Check) -> Iterator[str]:
    if [bool(it.run), bool(it.get), bool(it.query)].count(True) != 1:
        yield "name exactly one of `run`, `get` and `query`"
    if it.service and not it.run:
        yield "`service` belongs to `run`"
    if it.judged and not it.get:
        yield "`status`, `contains` and `json` belong to `get`"
    if (it.prometheus or it.bounded) and not it.query:
        yield "`prometheus`, `below` and `above` belong to `query`"
    if it.query and not (it.prometheus and it.bounded):
        yield "`query` needs `prometheus`, and `below` or `above`"


def named(checks: tuple[Check, ...]) -> str:
    """Their names as a person reads them."""
    return ", ".join(each.name for each in checks)
