"""Two: a gate is a pure decision on facts that were looked up before; all gates are evaluated and reported."""

from __future__ import annotations

from dataclasses import replace

from deploy.core.model import Comparison, Dialog, Offer
from deploy.deploys.gates import judge
from tests.deploy.deploys.test_gates import GOOD


def test_a_gate_says_why_by_a_code_and_offers_a_next_step() -> None:
    behind = replace(GOOD, since=Comparison("behind", 0, 3))
    (refusal,) = judge(behind).refusals
    assert (refusal.code, refusal.sentence) == (
        "downgrade",
        "3f2a1b9 is 3 commits behind a4c9e1f, which runs now: this would go back in time.",
    )
    line = "deploy 3f2a1b9 --to app --force --when-ran a4c9e1f"
    question = "app runs a4c9e1f. Go back to 3f2a1b9, 3 commits earlier?"
    asks = Dialog(question, "Deploy 3f2a1b9", "Keep a4c9e1f")
    assert refusal.offers == (Offer("Deploy it all the same", line, danger=True, asks=asks),)


def test_force_passes_some_gates_and_never_a_missing_image() -> None:
    hopeless = replace(GOOD, since=Comparison("behind", 0, 3), image=None)
    assert [refusal.code for refusal in judge(hopeless).refusals] == ["no_image", "downgrade"]
    assert [refusal.code for refusal in judge(hopeless, force=True).refusals] == ["no_image"]
