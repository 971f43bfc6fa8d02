"""What is offered in place of what was refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.words.format import TERMINAL
from bot.words.texts import outcome_offers, outcome_text
from deploy.core.model import Failure, Offer
from deploy.core.outcomes import Refused
from deploy.deploys.arguments import DeployArguments
from deploy.deploys.errors import BuildRunning
from deploy.deploys.outcomes import PutBack
from tests.bot.words.test_next_steps import LOG, follow
from tests.bot.words.test_outcomes import OPERATION


@pytest.mark.parametrize(
    ("offered", "carried"),
    [
        ("deploy 9c41d07 --to app --wait", "deploy 9c41d07 --to app --force --wait --reason='VAT is wrong'"),
        ("deploy 3f2a1b9 --to app", "deploy 3f2a1b9 --to app --reason='VAT is wrong'"),
        ("buildkit recreate", "buildkit recreate"),
        ("a line that no fisk knows any more", "a line that no fisk knows any more"),
    ],
)
def test_a_deploy_offered_in_place_of_a_refused_one_keeps_what_was_asked_for(
    offered: str, carried: str
) -> None:
    refused = BuildRunning(sha="9c41d07", doing="queued", target="app", offers=(Offer("Go", offered),))
    forced = DeployArguments("app", "9c41d07", force=True)
    operation = replace(OPERATION, arguments=forced, reason="VAT is wrong")
    assert outcome_offers(Refused(refused.failure), operation) == (Offer("Go", carried), LOG)


def test_a_failed_latest_offers_to_follow_it_again_and_no_second_name_for_that() -> None:
    error = Failure("unhealthy", "It is sick.", "")
    outcome = PutBack(error, "app", "a4c9e1f", healthy=True, redeployed=False, pinned=True)
    operation = replace(OPERATION, arguments=DeployArguments("app", "latest"))
    assert outcome_offers(outcome, operation) == (LOG, follow("a4c9e1f"))


def test_a_put_back_that_no_host_proves_says_so() -> None:
    error = Failure("unhealthy", "It is sick.")
    outcome = PutBack(error, "app", "a4c9e1f", healthy=False, redeployed=False, unproven="no host is named.")
    assert outcome_text(outcome, OPERATION, TERMINAL) == (
        "app: It is sick; a4c9e1f was put back, NOT healthy.\nThat it runs is not proven (no host is named)."
    )
