"""What the benches print, and their exit status."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from bench import report
from bench.__main__ import status
from bench.harness import Measured, Result
from bench.processes import ROOT
from tests.bench.declared import declared

HOLDS = declared().judge(Measured(3.0, 2.0), 0.0)
FAILS = declared().judge(Measured(4.0, 2.0), 0.0)
BUSY = replace(declared().judge(Measured(4.0, 2.0), 0.37), others=0.37)
ALONE = declared(bound=0.0, name="calls").judge(Measured(0.0), 0.0)


def printed(*tables: object) -> list[str]:
    console = Console(file=io.StringIO(), width=100)
    for table in tables:
        console.print(table)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]  # a StringIO
    return [" ".join(line.replace("│", " ").split()) for line in lines if "━" not in line and "─" not in line]


def test_before_it_begins_it_says_how_long_it_will_take() -> None:
    quick, slow = declared(), declared(seconds=110)
    assert [report.plan([quick], 1), report.plan([quick, slow], 1), report.plan([quick, slow], 5)] == [
        "1 bench: about 12 s",
        "2 benches: about 2 min",
        "2 benches, 5 times: about 10 min",
    ]


def test_every_round_is_shown_for_both() -> None:
    result = replace(HOLDS, our_rounds=(1234.5, 3.0), rival_rounds=(0.01234,), took=11.8, others=0.034)
    assert report.measured(result).splitlines() == [
        "  ours   1,234  3 ms",
        "  rival  0.0123 ms",
        "  took 12 s; something else used 3 % of the machine",
    ]


def test_of_many_rounds_their_spread_is_shown() -> None:
    result = replace(HOLDS, our_rounds=tuple(map(float, range(1, 102))))
    assert report.measured(result).splitlines()[0] == (
        "  ours   101 rounds: least 1, quarters 26  51  76, most 101 ms"
    )


def test_a_run_ends_with_its_verdicts_and_notes() -> None:
    console = Console(file=io.StringIO(), width=100)
    report.verdicts([HOLDS, FAILS, BUSY], console)
    shown = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    lines = [" ".join(line.replace("│", " ").split()) for line in shown.splitlines()]
    assert lines[3:6] + lines[7:] == [
        "answering 3 2 ms 1.50 ≤ 1.6 holds",
        "answering 4 2 ms 2.00 ≤ 1.6 DOES NOT HOLD",
        "answering 4 2 ms 2.00 ≤ 1.6 not judged",
        "answering: not judged: the machine was busy with something else (37 % of it)",
    ]


def test_several_runs_end_with_all_ratios_and_what_the_worst_leaves() -> None:
    better = declared().judge(Measured(2.0, 2.0), 0.0)
    shown = printed(report.across([[HOLDS, ALONE], [better, ALONE], [BUSY, ALONE]]))
    assert shown == [
        "┃ bench ┃ run 1 ┃ run 2 ┃ run 3 ┃ bound ┃ to spare ┃",
        "answering 1.5 1 2? ≤ 1.6 6 %",
        "calls 0 0 0 ≤ 0 holds",
    ]


@pytest.mark.parametrize(
    ("results", "busy", "expected"),
    [
        ([HOLDS, ALONE], False, 0),
        ([HOLDS, BUSY, FAILS], False, 1),
        ([HOLDS, BUSY], False, 3),
        ([replace(BUSY, holds=True)], True, 0),
    ],
)
def test_the_exit_status_tells_a_failure_from_a_busy_machine(
    results: list[Result],
    busy: bool,  # noqa: FBT001 (pytest passes it by name)
    expected: int,
) -> None:
    assert status(results, busy=busy) == expected


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("statu", "argument NAME: there is no bench statu; there are "),
        ("--repeat 0", "argument --repeat: it must be 1 or more"),
    ],
)
def test_a_wrong_line_is_refused_before_anything_is_measured(line: str, said: str) -> None:
    run = [sys.executable, "-m", "bench", *line.split()]
    refused = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (refused.returncode, said in refused.stderr) == (2, True)
