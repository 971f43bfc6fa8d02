"""`scripts/bench [--json FILE] [NAME …]`: run all benches or those named; exit 1 if a bound does not hold."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.harness import Result, discover, write

VERDICTS = {True: "holds", False: "DOES NOT HOLD", None: "not judged"}
COLUMNS = ("bench", "ours", "rival", "unit", "ratio", "bound", "")


def main() -> int:
    benches = discover()
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure fisk beside its rivals.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(benches)}")
    wanted = parser.parse_args()
    if unknown := set(wanted.names) - set(benches):
        parser.error(f"there is no bench {', '.join(sorted(unknown))}; there are {', '.join(benches)}")
    results = [benches[name].run() for name in wanted.names or benches]
    console = Console()
    console.print(_table(results))
    for result in results:
        if result.note:
            console.print(f"{result.name}: {result.note}")
    if wanted.json:
        write(results, wanted.json)
    return 0 if all(result.holds is not False for result in results) else 1


def _table(results: list[Result]) -> Table:
    table = Table()
    for column in COLUMNS:
        table.add_column(column, no_wrap=column != "bench")
    for result in results:
        sign = "≤" if result.better == "lower" else "≥"
        rival = "none" if result.rival is None else _figure(result.rival)
        table.add_row(
            result.name, _figure(result.ours), rival, result.unit,
            f"{result.ratio:.2f}", f"{sign} {result.bound:g}", VERDICTS[result.holds],
        )  # fmt: skip
    return table


def _figure(value: float) -> str:
    """Three significant digits, without exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
