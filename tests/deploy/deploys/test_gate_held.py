"""The gate of holds and freezes, which an operation goes past by their names alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.core.freeze import EVERYTHING, RULE
from deploy.core.model import Actor, Hold
from deploy.deploys.gates import judge
from tests.deploy.deploys.test_gates import GOOD, TARGET

HELD = Hold(TARGET.resource, Actor("U1", "ana"), "an incident", 0)
FROZEN = Hold(EVERYTHING, RULE, "the year's end", 0, 86_400)
BY_ANA = "@ana holds app since 1970-01-01T00:00Z: an incident."
BY_RULE = "everything is frozen until 1970-01-02T00:00Z: the year's end."


@pytest.mark.parametrize(
    ("passes", "gate", "note", "stops"),
    [
        ((), "hold", BY_ANA, True),
        (("hold",), "freeze", BY_RULE, True),
        (("freeze",), "hold", BY_ANA, True),
        (("hold", "freeze"), "hold", f"gone past: {BY_ANA}", False),
    ],
)
def test_a_hold_and_a_freeze_are_passed_by_their_names_and_never_by_force(
    passes: tuple[str, ...], gate: str, note: str, *, stops: bool
) -> None:
    report = judge(replace(GOOD, holds=(HELD, FROZEN), passes=passes), force=True)
    first = report.verdicts[0]
    assert (first.gate, first.note, first.stops) == (gate, note, stops)
    assert bool(report.refusals) is stops
