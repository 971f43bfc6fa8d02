"""The benches' harness: how it judges a measurement, and its output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.harness import Bench, Better, Measured, Result, alternate, discover, write


def measuring(measured: Measured, bound: float, better: Better) -> Result:
    return Bench("answering", "ms", bound, better, lambda: measured).run()


def test_a_result_relates_ours_to_the_rival() -> None:
    assert measuring(Measured(3.0, 2.0), 1.6, "lower") == Result(
        name="answering", ours=3.0, rival=2.0, unit="ms", ratio=1.5, bound=1.6, better="lower", holds=True
    )


@pytest.mark.parametrize(
    ("measured", "bound", "better", "holds"),
    [
        (Measured(3.0, 2.0), 1.4, "lower", False),
        (Measured(3.0, 2.0), 1.5, "higher", True),
        (Measured(3.0, 2.0), 1.6, "higher", False),
        (Measured(0.3), 0.35, "lower", True),
        (Measured(0.4), 0.35, "lower", False),
        (Measured(3.0, judged=False, note="node is missing"), 1.0, "higher", None),
    ],
)
def test_a_bound_is_held_from_its_own_side_and_only_where_it_is_judged(
    measured: Measured,
    bound: float,
    better: Better,
    holds: bool | None,  # noqa: FBT001 (pytest passes it by name)
) -> None:
    assert measuring(measured, bound, better).holds is holds


async def test_both_are_measured_in_turn_and_the_first_round_only_warms_up() -> None:
    order: list[str] = []

    async def ours() -> float:
        order.append("ours")
        return float(len(order))

    async def rival() -> float:
        order.append("rival")
        return float(len(order))

    assert await alternate(ours, rival, 3) == Measured(ours=6.0, rival=5.0)
    assert order == ["rival", "ours"] * 4


def test_the_results_are_written_as_a_list(tmp_path: Path) -> None:
    write([measuring(Measured(3.0, 2.0), 1.6, "lower")], tmp_path / "bench.json")
    assert json.loads((tmp_path / "bench.json").read_text()) == [
        {
            "name": "answering",
            "ours": 3.0,
            "rival": 2.0,
            "unit": "ms",
            "ratio": 1.5,
            "bound": 1.6,
            "better": "lower",
            "holds": True,
            "note": "",
        }
    ]


def test_every_promise_about_speed_has_its_bench() -> None:
    assert {name: bench.bound for name, bench in discover().items()} == {
        "a command on a host": 1.3,
        "BuildKit is ready, seen after": 300,
        "calls that GitHub counts in 1,000 looks while nothing changes": 0,
        "commands in Socket Mode, 64 in flight": 1.0,
        "copy 500 variables": 0.025,
        "doctor, all rules": 1.3,
        "first step of an operation": 2.0,
        "hide secrets in 8 times as much": 2.0,
        "fisk help in the terminal": 0.35,
        "ready": 2.5,
        "resident memory when idle": 2.2,
        "slash command over signed HTTP, one client": 1.3,
        "start and finish an operation": 0.65,
        "status against 5 systems of 200 ms each": 1.2,
        "webhook to the first call for it, p99 at 100 a second": 50,
    }
