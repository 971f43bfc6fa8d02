"""Benchmarks: each measures fisk and a rival in the same run, and checks fisk against a bound.

A bench is one function in a module beside this one:

    @bench("answering", "ms", bound=1.3, better="lower")
    async def answering() -> Measured:
        return await alternate(ours, rival, rounds=7)

`ours` and `rival` return one number each, in the bench's unit. Without a rival, `Measured(ours)` itself is
checked against the bound.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import pkgutil
import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Better = Literal["lower", "higher"]
Sample = Callable[[], Awaitable[float]]
HARNESS = {"bench.harness", "bench.__main__"}


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians, in the bench's unit; `judged` is False if the rival is unavailable, and `note` says why."""

    ours: float
    rival: float | None = None
    note: str = ""
    judged: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """`ratio` is ours / rival; `bound` is its minimum or, for `lower`, its maximum.

    `holds` is None if the rival is unavailable; `note` then says why.
    """

    name: str
    ours: float
    rival: float | None
    unit: str
    ratio: float
    bound: float
    better: Better
    holds: bool | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bench:
    name: str
    unit: str
    bound: float
    better: Better
    measure: Callable[[], Measured | Awaitable[Measured]]

    def run(self) -> Result:
        measured = self.measure()
        if inspect.iscoroutine(measured):
            measured = asyncio.run(measured)
        assert isinstance(measured, Measured)
        ratio = measured.ours / (measured.rival or 1.0)
        holds = ratio <= self.bound if self.better == "lower" else ratio >= self.bound
        return Result(
            name=self.name,
            ours=measured.ours,
            rival=measured.rival,
            unit=self.unit,
            ratio=ratio,
            bound=self.bound,
            better=self.better,
            holds=holds if measured.judged else None,
            note=measured.note,
        )


BENCHES: dict[str, Bench] = {}


def bench(
    name: str, unit: str, bound: float, better: Better = "lower"
) -> Callable[[Callable[[], Measured | Awaitable[Measured]]], Bench]:
    """Register a bench: a sync or async function that returns Measured."""

    def register(measure: Callable[[], Measured | Awaitable[Measured]]) -> Bench:
        BENCHES[name] = Bench(name, unit, bound, better, measure)
        return BENCHES[name]

    return register


async def alternate(ours: Sample, rival: Sample, rounds: int) -> Measured:
    """Measure both alternately, so that load spikes affect both; after a warm-up round each."""
    await rival()
    await ours()
    samples = [(await rival(), await ours()) for _ in range(rounds)]
    return Measured(
        ours=statistics.median(mine for _, mine in samples),
        rival=statistics.median(other for other, _ in samples),
    )


def discover() -> dict[str, Bench]:
    """All benches, of all modules in this package."""
    package = importlib.import_module("bench")
    for module in pkgutil.iter_modules(package.__path__, "bench."):
        if module.name not in HARNESS:
            importlib.import_module(module.name)
    return BENCHES


def write(results: Sequence[Result], file: Path) -> None:
    file.write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n")
