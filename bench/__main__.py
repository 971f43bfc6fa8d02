"""`scripts/bench [--repeat N] [--busy] [--beside] [--json FILE] [NAME …]`: run all benches or those named.

Exits with 1 if a bound does not hold, else with 3 if one was not judged because the machine was busy.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from rich.console import Console

from bench import report
from bench.harness import BUSY, Bench, Result, choose, discover, write
from bench.load import adopt_orphans, busy_beside
from bench.machine import described

FAILED, BUSY_MACHINE = 1, 3


def main() -> int:
    benches = list(discover().values())
    wanted = _arguments(benches)
    console = Console()
    chosen: list[Bench] = wanted.names or benches
    console.print(described(), highlight=False, soft_wrap=True)
    console.print(report.plan(chosen, wanted.repeat), highlight=False)
    adopt_orphans()
    with busy_beside() if wanted.beside else nullcontext():
        runs = [_run(chosen, console, busy=wanted.busy) for _ in range(wanted.repeat)]
    if len(runs) > 1:
        console.print(report.across(runs))
    results = [result for run in runs for result in run]
    if wanted.json:
        write(results, wanted.json)
    return status(results, busy=wanted.busy)


def _arguments(benches: Sequence[Bench]) -> argparse.Namespace:
    def name(text: str) -> Bench:
        try:
            return choose(text, benches)
        except LookupError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Measure fisk beside its rivals.",
        epilog=f"benches:\n{report.named(benches)}", formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("--repeat", type=_count, default=1, metavar="N", help="run the benches N times")
    parser.add_argument("--busy", action="store_true", help="judge whatever else the machine does")
    parser.add_argument("--beside", action="store_true", help="keep another process busy meanwhile")
    parser.add_argument(
        "names", nargs="*", type=name, metavar="NAME", help="one of the benches below; else all"
    )
    return parser.parse_args()


def _count(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("it must be 1 or more")
    return number


def _run(benches: Sequence[Bench], console: Console, *, busy: bool) -> list[Result]:
    results = []
    for bench in benches:
        console.print(bench.name, highlight=False)
        results.append(bench.run(busy=busy))
        console.print(report.measured(results[-1]), highlight=False, soft_wrap=True)
    report.verdicts(results, console)
    return results


def status(results: Sequence[Result], *, busy: bool = False) -> int:
    """The exit status."""
    if any(result.holds is False for result in results):
        return FAILED
    return BUSY_MACHINE if not busy and any(result.others > BUSY for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
