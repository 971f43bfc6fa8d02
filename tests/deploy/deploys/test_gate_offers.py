"""What is offered in place of what a gate refuses, and what is asked before."""

from __future__ import annotations

from dataclasses import replace

from deploy.core.model import Dialog, Offer
from deploy.deploys.gates import judge
from deploy.deploys.offers import to_deploy
from tests.deploy.deploys.test_gates import BEHIND, BUILD, COMMIT, GOOD, OLDER, SKIPPED


def test_a_refusal_offers_the_next_step() -> None:
    docs = replace(GOOD, build=None, image=None, unbuilt=SKIPPED, ancestor=replace(COMMIT, sha=OLDER))
    running = replace(GOOD, build=replace(BUILD, status="in_progress"), image=None)
    all_the_same = "deploy 3f2a1b9 --to app --force --when-ran a4c9e1f"
    question = "app runs a4c9e1f. Go back to 3f2a1b9, 3 commits earlier?"
    back = Dialog(question, "Deploy 3f2a1b9", "Keep a4c9e1f")
    offers = [judge(each).refusals[0].offers for each in (docs, running, replace(GOOD, since=BEHIND))]
    assert offers == [
        (Offer("Deploy 0b94ac7", "deploy 0b94ac7 --to app", asks=to_deploy("app", "0b94ac7")),),
        (Offer("Deploy when done", "deploy 3f2a1b9 --to app --wait"),),
        (Offer("Deploy it all the same", all_the_same, danger=True, asks=back),),
    ]
