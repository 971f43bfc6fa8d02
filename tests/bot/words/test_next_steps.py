"""What is offered after an operation has ended, and what is asked before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.words.texts import outcome_offers
from deploy.core.model import Arguments, Dialog, Offer
from deploy.core.outcomes import Cancelled, Outcome, Refused
from deploy.deploys.arguments import DeployArguments, RollbackArguments
from deploy.deploys.errors import BuildRunning
from deploy.deploys.outcomes import PutBack
from tests.bot.words.test_outcomes import (
    ANA,
    BACK,
    FOLLOWED,
    NEW,
    OLD,
    OPERATION,
    PINNED,
    PROVEN,
    SICK,
    STUCK,
    UNPROVEN,
)

LOG = Offer("Log", "logs d-7k3f")
EARLIER, LATER = (
    Dialog(f"app runs 3f2a1b9. Go back to a4c9e1f{more}?", "Roll back to a4c9e1f", "Keep 3f2a1b9")
    for more in ("", ", 2 commits earlier")
)
BACK_AGAIN = Offer("Roll back", "rollback app a4c9e1f --when-ran 3f2a1b9", danger=True, asks=LATER)
PUT_BACK, PUT_SOMETHING_BACK = (
    Dialog(f"{runs}. Set Coolify back to a4c9e1f, and deploy that?", "Put a4c9e1f back", "Leave it as it is")
    for runs in ("app runs a4c9e1f", "Nobody can say what app runs")
)


def follow(runs: str) -> Offer:
    question = f"app runs {runs}, pinned. Deploy the newest image, and let app follow latest?"
    asks = Dialog(question, "Follow latest", f"Keep {runs}")
    return Offer("Follow latest again", f"deploy latest --to app --when-ran {runs}", asks=asks)


RETRY = BuildRunning(
    sha="9c41d07", doing="queued", target="app", offers=(Offer("Deploy when done", "deploy 9c41d07"),)
)


@pytest.mark.parametrize(
    ("outcome", "offered"),
    [
        (PROVEN, (BACK_AGAIN, LOG)),
        (UNPROVEN, (LOG,)),
        (
            FOLLOWED,
            (replace(BACK_AGAIN, asks=EARLIER), follow("3f2a1b9"), LOG),
        ),
        (BACK, (LOG,)),
        (replace(PROVEN, previous=NEW), (LOG,)),
        (Refused(RETRY.failure), (Offer("Deploy when done", "deploy 9c41d07"), LOG)),
        (
            PutBack(SICK, "app", OLD, healthy=True, redeployed=False),
            (LOG, Offer("Try again", "deploy e02d8aa --to app --when-ran a4c9e1f")),
        ),
        (
            PINNED,
            (
                LOG,
                follow("a4c9e1f"),
                Offer("Try again", "deploy e02d8aa --to app --when-ran a4c9e1f"),
            ),
        ),
        (
            STUCK,
            (
                Offer("Try to put it back", "deploy a4c9e1f --to app --force", danger=True, asks=PUT_BACK),
                LOG,
            ),
        ),
        (
            replace(STUCK, on_record=True, runs=""),
            (Offer("Try to put it back", "rollback app a4c9e1f", asks=PUT_SOMETHING_BACK), LOG),
        ),
        (Cancelled(ANA), (LOG,)),
    ],
)
def test_the_next_steps_make_sense_after_the_outcome(outcome: Outcome, offered: tuple[Offer, ...]) -> None:
    assert outcome_offers(outcome, OPERATION) == offered


@pytest.mark.parametrize(
    ("kind", "arguments", "command"),
    [
        ("deploy", DeployArguments("app", "e02d8aa"), "deploy e02d8aa --to app"),
        ("deploy", DeployArguments("app", "e02d8aa", force=True), "deploy e02d8aa --to app --force"),
        ("deploy", DeployArguments("app", "latest"), "deploy latest --to app"),
        ("rollback", RollbackArguments("app"), "rollback app"),
        ("rollback", RollbackArguments("app", OLD), "rollback app a4c9e1f"),
    ],
)
def test_trying_again_is_the_same_line_for_what_runs_now_and_asks_where_it_forces(
    kind: str, arguments: Arguments, command: str
) -> None:
    forces = "--force" in command
    operation = replace(OPERATION, kind=kind, arguments=arguments)
    outcome = PutBack(SICK, "app", OLD, healthy=True, redeployed=False)
    question = "app runs a4c9e1f. Deploy e02d8aa again, past the gates that refuse it?"
    asks = Dialog(question, "Deploy e02d8aa", "Keep a4c9e1f") if forces else None
    line = f"{command} --when-ran a4c9e1f"
    assert outcome_offers(outcome, operation)[-1] == Offer("Try again", line, danger=forces, asks=asks)
    reasoned = replace(operation, reason="VAT is wrong")
    line = f"{command} --reason='VAT is wrong' --when-ran a4c9e1f"
    assert outcome_offers(outcome, reasoned)[-1] == Offer("Try again", line, danger=forces, asks=asks)


def test_the_way_back_over_migrations_says_so() -> None:
    offer, *_ = outcome_offers(replace(PROVEN, migrations=2), OPERATION)
    assert offer.asks is not None
    assert offer.asks.question == (
        "app runs 3f2a1b9. Go back to a4c9e1f, 2 commits earlier? It goes back over 2 migrations."
    )
