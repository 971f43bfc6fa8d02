"""What harms asks first: what is so, what will be, and what each of both answers does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.slack.blocks import ANSWER, LABEL, QUESTION
from bot.words import notices
from bot.words.access import question_offers
from bot.words.format import Format
from bot.words.memory import ACCEPT
from bot.words.texts import outcome_offers, reply_text
from commands.builds import OneBuild
from commands.reply import AskFirst
from commands.status import ChainStatus, CommitJourney
from deploy.access.arguments import ApprovalArguments
from deploy.buildkit.offers import RECREATE, RESTART, all_the_same, pruning
from deploy.core.model import Origin
from deploy.deploys.gates import judge
from deploy.deploys.migrations import Migrations
from deploy.deploys.offers import although, to_deploy, to_go_back
from deploy.engine.kind import Plan
from deploy.runner.restart import ALL_THE_SAME
from tests.bot.words import test_builds, test_notices, test_outcomes, test_replies, test_where
from tests.bot.words.chain import STATUS
from tests.deploy.deploys import test_gates

if TYPE_CHECKING:
    from deploy.core.model import Offer

SLACK = Format(slack=True)
ROOT = Path(__file__).parents[3]
ANSWERS_TO_NOTHING = {"do it", "yes", "no", "ok", "cancel"}
QUESTIONS = {
    "deployments.py",
    "history.py",
    "locks.py",
    "buildkit.py",
    "env.py",
}  # of commands/: their message asks


def offered() -> Iterator[Offer]:
    """Of every reply, outcome, notice and refusal that these tests make."""
    for reply, _, _ in test_replies.REPLIES:
        yield from () if isinstance(reply, AskFirst) else reply_text(reply, SLACK)[1]
    for reply in (
        OneBuild(test_builds.REPORT, "main"),
        OneBuild(replace(test_builds.REPORT, build=test_builds.GREEN), "main"),
        ChainStatus(STATUS),
        CommitJourney(test_where.JOURNEY),
    ):
        yield from reply_text(reply, SLACK)[1]
    for outcome, _ in test_outcomes.OUTCOMES:
        yield from outcome_offers(outcome, test_outcomes.OPERATION)
    for notice, _, _ in test_notices.TEXTS:
        yield from notices.offers(notice)
    for changed, _, _ in test_gates.REFUSED.values():
        for error in judge(replace(test_gates.GOOD, **changed)).refusals:
            yield from error.offers
    plan = Plan("deploy 3f2a1b9 to app (4 commits, replaces a4c9e1f)", "0", look="deploy 3f2a1b9 --noop")
    asks = ApprovalArguments("", "deploy 3f2a1b9", plan, 1, ("app",), 0, Origin("slack"))
    yield from question_offers(test_outcomes.OPERATION, asks)
    yield from (
        ACCEPT,
        RESTART,
        RECREATE,
        ALL_THE_SAME,
        all_the_same("restart"),
        pruning(20_000_000_001, "Prune"),
    )


@pytest.mark.parametrize("offer", dict.fromkeys(offered()), ids=lambda offer: offer.command)
def test_what_is_offered_asks_within_slacks_limits_and_both_answers_say_what_they_do(offer: Offer) -> None:
    assert offer.asks or not offer.danger
    assert len(offer.label) <= LABEL
    if offer.asks:
        assert len(offer.asks.question) <= QUESTION
        assert "/fisk" not in offer.asks.question
        assert offer.asks.question[-1] in "?."
        for answer in (offer.asks.yes, offer.asks.no):
            assert answer.lower() not in ANSWERS_TO_NOTHING
            assert len(answer) <= ANSWER


@pytest.mark.parametrize(
    "path", [path for part in ("bot", "commands", "deploy") for path in (ROOT / part).rglob("*.py")], ids=str
)
def test_no_harm_is_offered_without_a_dialog(path: Path) -> None:
    """But where the message itself is the question."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Offer":
            named = {each.arg for each in node.keywords}
            asks_itself = path.parent.name == "commands" and path.name in QUESTIONS
            assert named >= {"danger", "asks"} or "danger" not in named or asks_itself, (
                f"{path}:{node.lineno}"
            )


def test_a_deploy_says_what_runs_and_how_far_on_it_is() -> None:
    told = [
        to_deploy("app", "3f2a1b9", "a4c9e1f", 4),
        to_deploy("app", "3f2a1b9", "3f2a1b9"),
        to_deploy("app", "b" * 40),
    ]
    assert [each.question for each in told] == [
        "app runs a4c9e1f. Deploy 3f2a1b9, 4 commits later?",
        "app runs 3f2a1b9 already. Deploy it again?",
        "Deploy bbbbbbb to app, in place of what runs there?",
    ]
    assert [(each.yes, each.no) for each in told] == [
        ("Deploy 3f2a1b9", "Keep a4c9e1f"),
        ("Deploy 3f2a1b9", "Keep 3f2a1b9"),
        ("Deploy bbbbbbb", "Keep what runs"),
    ]
    assert to_go_back("app", "a4c9e1f").question == "Go back to a4c9e1f in app, from what runs there?"


def test_what_goes_past_gates_names_the_first_of_them() -> None:
    refused = ("It is not on main.", "x" * 300, "It is red.")
    assert although(refused, "app", "3f2a1b9", "a4c9e1f").question == (
        f"It is not on main. {'x' * 99}… And 1 more gate. Deploy 3f2a1b9 to app all the same?"
    )


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (Migrations(), ""),
        (Migrations(brings=2), " It brings 2 migrations."),
        (
            Migrations(why="GitHub answers 500"),
            " Whether migrations lie between is not known: GitHub answers 500.",
        ),
    ],
)
def test_what_it_means_for_the_database_is_said(found: Migrations, told: str) -> None:
    asked = to_deploy("app", "3f2a1b9", "a4c9e1f", 4, found).question
    assert asked == f"app runs a4c9e1f. Deploy 3f2a1b9, 4 commits later?{told}"
