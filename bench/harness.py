"""Benchmarks: each measures fisk and a rival in the same run, and checks fisk against a bound.

A bench is one function in a module beside this one:

    @bench("answering a line", "ms", short="answer", seconds=12, bound=1.3, better="lower")
    async def answering() -> Measured:
        return await alternate(ours, rival, rounds=7)

`ours` and `rival` return one number each, in the bench's unit. Without a rival, `Measured(ours)` itself is
checked against the bound. `short` is its name on the command line, and `seconds` how long it took when it was
last measured with nothing else on the machine. `floor` is what the ratio cannot get below, as 1 where both wait
for the same slow system: of the bound, only what is above it can be spared.

Benches run on the event loop that the bot serves on.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import pkgutil
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import uvloop

from bench.heap import kept
from bench.load import others, ticks

Better = Literal["lower", "higher"]
Sample = Callable[[], Awaitable[float]]
HARNESS = {"bench.harness", "bench.heap", "bench.load", "bench.machine", "bench.report", "bench.__main__"}
BUSY = 0.1  # the share of the machine that something else may use during a measurement


@dataclass(frozen=True, slots=True)
class Measured:
    """In the bench's unit, mostly medians; `judged` is False if the rival is unavailable, and `note` says why.

    The rounds are the figures that they come from.
    """

    ours: float
    rival: float | None = None
    note: str = ""
    judged: bool = True
    our_rounds: tuple[float, ...] = ()
    rival_rounds: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """`ratio` is ours / rival; `bound` is its minimum or, for `lower`, its maximum.

    `holds` is None if it was not judged; `note` then says why. `others` is the share of the machine that
    something else used, `took` the seconds of the whole bench.
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
    our_rounds: tuple[float, ...] = ()
    rival_rounds: tuple[float, ...] = ()
    others: float = 0.0
    took: float = 0.0
    floor: float = 0.0

    @property
    def spare(self) -> float | None:
        """The part of the bound that is left, above the floor; None for a bound of 0."""
        if not self.bound:
            return None
        used = (self.ratio - self.floor) / (self.bound - self.floor)
        return (1 if self.better == "lower" else -1) * (1 - used)


@dataclass(frozen=True, slots=True)
class Bench:
    name: str
    short: str
    seconds: int
    unit: str
    bound: float
    better: Better
    measure: Callable[[], Measured | Awaitable[Measured]]
    floor: float = 0.0

    def run(self, *, busy: bool = False) -> Result:
        """Measure and judge; with `busy`, judge whatever else the machine does."""
        began, before = time.perf_counter(), ticks()
        measured = self._measured()
        share = others(before, ticks())
        result = self.judge(measured, 0.0 if busy else share)
        return replace(result, others=share, took=time.perf_counter() - began)

    def _measured(self) -> Measured:
        with kept():
            return self._on_a_loop()

    def _on_a_loop(self) -> Measured:
        measured = self.measure()
        if inspect.iscoroutine(measured):
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                measured = runner.run(measured)
        assert isinstance(measured, Measured)
        return measured

    def judge(self, measured: Measured, share: float) -> Result:
        """Where something else used more than BUSY of the machine, neither good nor bad figures say anything."""
        ratio = measured.ours / (measured.rival or 1.0)
        holds = ratio <= self.bound if self.better == "lower" else ratio >= self.bound
        quiet = share <= BUSY
        return Result(
            name=self.name,
            ours=measured.ours,
            rival=measured.rival,
            unit=self.unit,
            ratio=ratio,
            bound=self.bound,
            better=self.better,
            holds=holds if measured.judged and quiet else None,
            note=measured.note if quiet else "; ".join(filter(None, (busy_with(share), measured.note))),
            our_rounds=measured.our_rounds,
            rival_rounds=measured.rival_rounds,
            floor=self.floor,
        )


def busy_with(share: float) -> str:
    return f"not judged: the machine was busy with something else ({share * 100:.0f} % of it)"


BENCHES: dict[str, Bench] = {}


def bench(
    name: str,
    unit: str,
    *,
    short: str,
    seconds: int,
    bound: float,
    better: Better = "lower",
    floor: float = 0.0,
) -> Callable[[Callable[[], Measured | Awaitable[Measured]]], Bench]:
    """Register a bench: a sync or async function that returns Measured."""

    def register(measure: Callable[[], Measured | Awaitable[Measured]]) -> Bench:
        taken = {each for other in BENCHES.values() for each in (other.name, other.short)}
        assert not taken & {name, short}, f"two benches are called {name} or {short}"
        BENCHES[name] = Bench(name, short, seconds, unit, bound, better, measure, floor)
        return BENCHES[name]

    return register


async def alternate(ours: Sample, rival: Sample, rounds: int) -> Measured:
    """Measure both alternately, so that load spikes affect both; after a warm-up round each."""
    await rival()
    await ours()
    samples = [(await rival(), await ours()) for _ in range(rounds)]
    return medians([mine for _, mine in samples], [other for other, _ in samples])


def medians(ours: Sequence[float], rival: Sequence[float] = (), note: str = "") -> Measured:
    return Measured(
        ours=statistics.median(ours),
        rival=statistics.median(rival) if rival else None,
        note=note,
        our_rounds=tuple(ours),
        rival_rounds=tuple(rival),
    )


def discover() -> dict[str, Bench]:
    """All benches, of all modules in this package."""
    package = importlib.import_module("bench")
    for module in pkgutil.iter_modules(package.__path__, "bench."):
        if module.name not in HARNESS:
            importlib.import_module(module.name)
    return BENCHES


def choose(name: str, benches: Sequence[Bench]) -> Bench:
    """The bench of that short or whole name; LookupError names all."""
    for each in benches:
        if name in {each.short, each.name}:
            return each
    raise LookupError(f"there is no bench {name}; there are {', '.join(each.short for each in benches)}")


def write(results: Sequence[Result], file: Path) -> None:
    file.write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n")
