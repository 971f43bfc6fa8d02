"""The benches' harness: how it judges a measurement, and its output."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bench.harness import (
    Better,
    Measured,
    Result,
    alternate,
    bench,
    choose,
    discover,
    medians,
    write,
)
from tests.bench.declared import declared


def measuring(measured: Measured, bound: float, better: Better, busy: float = 0.0) -> Result:
    return declared(bound=bound, better=better).judge(measured, busy)


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

    assert await alternate(ours, rival, 3) == Measured(
        ours=6.0, rival=5.0, our_rounds=(4.0, 6.0, 8.0), rival_rounds=(3.0, 5.0, 7.0)
    )
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
            "our_rounds": [],
            "rival_rounds": [],
            "others": 0.0,
            "took": 0.0,
            "floor": 0.0,
        }
    ]


def test_rounds_without_a_rival_have_their_median() -> None:
    assert medians([3.0, 1.0, 2.0], note="at worst 3 ms") == Measured(
        2.0, note="at worst 3 ms", our_rounds=(3.0, 1.0, 2.0)
    )


@pytest.mark.parametrize("ours", [3.0, 30.0])
def test_on_a_busy_machine_neither_a_good_nor_a_bad_figure_is_judged(ours: float) -> None:
    judged = measuring(Measured(ours, 2.0, note="12 requests"), 1.6, "lower", busy=0.37)
    assert (judged.holds, judged.note) == (
        None,
        "not judged: the machine was busy with something else (37 % of it); 12 requests",
    )


def test_a_little_of_something_else_does_not_keep_a_bench_from_its_judgement() -> None:
    judged = measuring(Measured(3.0, 2.0, note="12 requests"), 1.6, "lower", busy=0.1)
    assert (judged.holds, judged.note) == (True, "12 requests")


@pytest.mark.parametrize(
    ("bound", "better", "spare"),
    [(2.0, "lower", 0.25), (1.2, "lower", -0.25), (1.0, "higher", 0.5), (0.0, "lower", None)],
)
def test_what_is_left_of_a_bound_counts_from_its_own_side(
    bound: float, better: Better, spare: float | None
) -> None:
    assert measuring(Measured(3.0, 2.0), bound, better).spare == pytest.approx(spare)


def test_of_a_bound_above_what_both_wait_for_only_the_rest_can_be_left() -> None:
    judged = declared(bound=1.6, floor=1.0).judge(Measured(2.6, 2.0), 0.0)
    assert judged.spare == pytest.approx(0.5)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_run_tells_what_the_bench_measured(
    asynchronous: bool,  # noqa: FBT001 (pytest passes it by name)
) -> None:
    async def later() -> Measured:
        await asyncio.sleep(0)  # gives another task a turn: it is asynchronous indeed
        return Measured(3.0, 2.0)

    result = declared(measure=later if asynchronous else lambda: Measured(3.0, 2.0)).run(busy=True)
    assert (result.ratio, result.holds, result.note) == (1.5, True, "")


def test_a_bench_is_chosen_by_its_short_name_or_its_whole() -> None:
    benches = [declared(), declared(name="saying no", short="no")]
    assert [choose(name, benches) for name in ("no", "answering")] == [benches[1], benches[0]]


def test_an_unknown_bench_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(LookupError, match=r"^there is no bench answ; there are answer, no$"):
        choose("answ", [declared(), declared(name="saying no", short="no")])


def test_no_two_benches_share_a_name() -> None:
    discover()
    with pytest.raises(AssertionError, match="two benches are called another or ready"):
        bench("another", "ms", short="ready", seconds=1, bound=1.0)(lambda: Measured(1.0))


def test_the_whole_takes_no_more_than_ten_minutes() -> None:
    assert sum(each.seconds for each in discover().values()) <= 600


def test_every_promise_about_speed_has_its_bench() -> None:
    assert {name: bench.bound for name, bench in discover().items()} == {
        "200 operations under way, lag and ends shown": 1.0,
        "BuildKit is ready, seen after": 300,
        "a command on a host": 1.3,
        "a whole deploy": 1.1,
        "ack of a line that is answered after it, signed HTTP": 1.3,
        "ack of a line that is answered in it, signed HTTP": 1.3,
        "ack of a line that is kept before it, signed HTTP": 1.3,
        "calls that GitHub counts in 1,000 looks while nothing changes": 0,
        "commands in Socket Mode, 64 in flight": 1.1,
        "copy 500 variables": 0.022,
        "doctor, all rules": 1.2,
        "first step of an operation": 2.0,
        "fisk help in the terminal": 0.35,
        "hide secrets in 8 times as much": 2.0,
        "history and locks at 100,000 operations": 1.5,
        "memory after 10,000 operations": 1.05,
        "ready": 2.5,
        "resident memory when idle": 2.2,
        "start and finish an operation": 0.65,
        "status against 5 systems of 200 ms each": 1.1,
        "status of one of 100 targets on 20 hosts": 2.5,
        "takeover after kill -9": 6.0,
        "webhook to the first call for it, p99 at 100 a second": 40,
        "where, 100 targets on 20 hosts": 2.5,
    }
