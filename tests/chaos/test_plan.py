"""A seed is a plan, which can be written down and read again."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.chaos.draw import draw
from tests.chaos.faults import Faults
from tests.chaos.plan import TOPOLOGIES, Plan
from tests.chaos.runs import Judged, not_repeated, read
from tests.chaos.watch import ANSWERS

MANY = range(200)


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_the_same_seed_draws_the_same_plan_and_others_draw_others(topology: str) -> None:
    plans = [draw(seed, topology) for seed in MANY]
    assert plans == [draw(seed, topology) for seed in MANY]
    assert len({plan.lines for plan in plans}) == len(plans)


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_every_fault_that_is_drawn_can_be_done(topology: str) -> None:
    drawn = {fault.what for seed in MANY for fault in draw(seed, topology).faults}
    assert {what for what in drawn - ANSWERS if not hasattr(Faults, what)} == set()


def test_every_line_that_is_drawn_names_a_commit_that_there_is() -> None:
    for seed in MANY:
        plan = draw(seed, "single")
        shas = [f"{number:040}" for number in range(plan.commits)]
        assert not any("{" in line.text.format(*shas) for line in plan.lines)


def test_stops_are_longer_with_a_longer_lease() -> None:
    short, long = draw(1, "single", 1), draw(1, "single", 5)
    assert (short.lines, [fault.when for fault in short.faults]) == (
        long.lines,
        [fault.when for fault in long.faults],
    )
    assert short.faults != long.faults


def test_a_plan_that_was_written_down_is_read_as_it_was(tmp_path: Path) -> None:
    plan, file = draw(3, "sentinel"), tmp_path / "plan.json"
    file.write_text(json.dumps({"plan": asdict(plan), "missed": ["kill at line #3"]}))
    assert read(file) == (plan, ("kill at line #3",))


def test_what_a_rerun_did_not_repeat_is_named() -> None:
    again = Judged(draw(1, "single"), (), (), ("kill at line #3", "roll at step watch #1"), {})
    assert not_repeated(again, ("roll at step watch #1",)) == ("kill at line #3",)


def test_a_plan_may_be_a_file_without_more(tmp_path: Path) -> None:
    plan, file = draw(4, "replicas"), tmp_path / "plan.json"
    file.write_text(json.dumps({"plan": asdict(plan)}))
    assert read(file) == (plan, ())
    assert Plan.of(json.loads(file.read_text())["plan"]) == plan
