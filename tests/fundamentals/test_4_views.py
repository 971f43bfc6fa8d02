"""Four: an operation emits events and an outcome, as values; views render them as text and buttons."""

from __future__ import annotations

from bot.slack import blocks
from bot.words.format import TERMINAL, Format
from bot.words.progress import step_lines
from bot.words.texts import outcome_offers, outcome_text
from bot.words.timeline import fold
from commands.grammar import parse
from commands.grammar.deploys import Rollback
from deploy.core.events import StepFinished, StepStarted
from deploy.deploys.errors import Unhealthy
from deploy.deploys.outcomes import Deployed, PutBack
from tests.deploy.conftest import an_operation

SHA, RAN = "3f2a1b9" + "0" * 33, "a4c9e1f" + "0" * 33
DEPLOYED = Deployed("app", SHA, RAN, "sha256:9f31c0ffee", 134, "not proven")


def test_events_fold_into_what_every_view_draws() -> None:
    timeline = fold(
        [
            StepStarted("point", 1),
            StepFinished("point", 2, "3f2a1b9"),
            StepStarted("watch", 3),
        ]
    )
    operation = an_operation(kind="rollback")
    assert step_lines(operation, timeline, TERMINAL)[:2] == ["✓ point   3f2a1b9", "● watch"]


def test_an_error_is_a_code_one_sentence_and_what_to_do() -> None:
    failure = Unhealthy(sha="e02d8aa", path="/api/health", status=503, seconds=60).failure
    assert (failure.code, failure.sentence, failure.hint) == (
        "unhealthy",
        "e02d8aa failed its health check: /api/health answered 503 for 60 s.",
        "Look at the app's own log in Coolify.",
    )
    told = outcome_text(
        PutBack(failure, "app", RAN, healthy=True, redeployed=False), an_operation(), TERMINAL
    )
    assert told.splitlines()[:2] == [
        "app: e02d8aa failed its health check; a4c9e1f is back and healthy.",
        "Why: /api/health answered 503 for 60 s. Look at the app's own log in Coolify.",
    ]


def test_what_is_not_proven_is_said() -> None:
    assert "not proven by digest" in outcome_text(DEPLOYED, an_operation(), TERMINAL)


def test_a_button_is_a_command_line_that_knows_what_ran_and_runs_as_whoever_presses_it() -> None:
    offer, *_ = outcome_offers(DEPLOYED, an_operation())
    (_, actions) = blocks.message("app runs 3f2a1b9: deployed.", [offer])["blocks"]
    (button,) = actions["elements"]
    assert (button["text"]["text"], button["value"]) == (
        "Roll back",
        "rollback app a4c9e1f --when-ran 3f2a1b9",
    )
    assert parse(button["value"]) == Rollback(("app", "a4c9e1f"), "", seen="3f2a1b9")


def test_text_from_outside_pings_nobody() -> None:
    assert Format(slack=True).escape("Tell <!channel> & all") == "Tell &lt;!channel&gt; &amp; all"
