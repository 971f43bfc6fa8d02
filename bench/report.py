"""What the benches print: what is to come, the rounds of each, and the verdicts."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

    from bench.harness import Bench, Result

VERDICTS = {True: "holds", False: "DOES NOT HOLD", None: "not judged"}
COLUMNS = ("bench", "ours", "rival", "unit", "ratio", "bound", "")
SHOWN = 20  # rounds; of more, their spread


def plan(benches: Sequence[Bench], runs: int) -> str:
    """How long it will take, by what each took when it was last measured."""
    counted = "1 bench" if len(benches) == 1 else f"{len(benches)} benches"
    times = f", {runs} times" if runs > 1 else ""
    return f"{counted}{times}: about {_duration(runs * sum(each.seconds for each in benches))}"


def named(benches: Sequence[Bench]) -> str:
    """The benches by their short names, a line for each."""
    return "\n".join(f"  {each.short:<10}{each.name}; about {_duration(each.seconds)}" for each in benches)


def _duration(seconds: int) -> str:
    return f"{seconds} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def measured(result: Result) -> str:
    """The rounds, so that noise shows, and what else the machine did."""
    rows = (("ours", result.our_rounds), ("rival", result.rival_rounds))
    lines = [f"  {who:<6} {_rounds(figures)} {result.unit}" for who, figures in rows if figures]
    used = f"something else used {result.others * 100:.0f} % of the machine"
    return "\n".join([*lines, f"  took {result.took:.0f} s; {used}"])


def _rounds(figures: Sequence[float]) -> str:
    if len(figures) <= SHOWN:
        return "  ".join(map(_figure, figures))
    quarters = "  ".join(map(_figure, statistics.quantiles(figures, n=4, method="inclusive")))
    least, most = _figure(min(figures)), _figure(max(figures))
    return f"{len(figures)} rounds: least {least}, quarters {quarters}, most {most}"


def verdicts(results: Sequence[Result], console: Console) -> None:
    """The table of a run, and its notes."""
    console.print(_table(results))
    for result in results:
        if result.note:
            console.print(f"{result.name}: {result.note}")


def _table(results: Sequence[Result]) -> Table:
    table = _columns(*COLUMNS)
    for result in results:
        rival = "none" if result.rival is None else _figure(result.rival)
        table.add_row(
            result.name, _figure(result.ours), rival, result.unit,
            f"{result.ratio:.2f}", _bound(result), VERDICTS[result.holds],
        )  # fmt: skip
    return table


def across(runs: Sequence[Sequence[Result]]) -> Table:
    """Each bench's ratio in every run, and what the worst of them leaves of the bound."""
    table = _columns("bench", *(f"run {number}" for number in range(1, len(runs) + 1)), "bound", "to spare")
    for results in zip(*runs, strict=True):
        ratios = [f"{each.ratio:.3g}" + ("?" if each.holds is None else "") for each in results]
        table.add_row(results[0].name, *ratios, _bound(results[0]), _spare(results))
    return table


def _spare(results: Sequence[Result]) -> str:
    """Of the runs that were judged."""
    judged = [each for each in results if each.holds is not None]
    spares = [each.spare for each in judged if each.spare is not None]
    if spares:
        return f"{min(spares) * 100:.0f} %"
    return VERDICTS[all(each.holds for each in judged) if judged else None]


def _columns(*names: str) -> Table:
    table = Table()
    for name in names:
        table.add_column(name, no_wrap=name != "bench")
    return table


def _bound(result: Result) -> str:
    return f"{'≤' if result.better == 'lower' else '≥'} {result.bound:g}"


def _figure(value: float) -> str:
    """Three significant digits, without exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
