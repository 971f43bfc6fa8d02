"""That nothing was changed is said only where no step that changes something had begun, of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.words.format import TERMINAL
from bot.words.texts import outcome_text
from deploy.core import errors
from deploy.core.model import Origin
from deploy.core.outcomes import Cancelled, Failed, Outcome, Refused
from deploy.deploys.errors import NeverQueued
from deploy.engine.outcome_of import as_far_as
from deploy.kinds import KINDS
from tests.deploy.conftest import ANA
from tests.deploy.test_kinds import EXAMPLES

if TYPE_CHECKING:
    from deploy.core.model import Operation

WHY = NeverQueued(sha="3f2a1b9", why="why").failure
ENDS = (Refused(WHY), Failed(WHY), Cancelled(ANA))
SISTERS = ("nothing was", "not started", "before anything")
STEPS = [(kind.name, step.name, step.acts) for kind in KINDS.values() for step in kind.steps]


def operation(kind: str) -> Operation:
    return KINDS[kind].operation(EXAMPLES[kind][0], 0, actor=ANA, origin=Origin("terminal"))


def says_that_nothing_was_changed(outcome: Outcome, kind: str) -> bool:
    told = outcome_text(outcome, operation(kind), TERMINAL).lower()
    return any(each in told for each in SISTERS)


@pytest.mark.parametrize(("kind", "step", "acts"), STEPS, ids=[f"{kind}: {step}" for kind, step, _ in STEPS])
@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.tag)
def test_it_is_said_of_steps_that_only_look(kind: str, step: str, end: Outcome, *, acts: bool) -> None:
    told = as_far_as(end, KINDS.did(operation(kind), {step}))
    assert says_that_nothing_was_changed(told, kind) is not acts


def test_what_stands_is_named_with_where_to_look() -> None:
    told = as_far_as(Refused(WHY), KINDS.did(operation("deploy"), {"resolve", "clear the way"}))
    assert outcome_text(told, operation("deploy"), TERMINAL) == (
        "app: Coolify accepted the deployment of 3f2a1b9 but it never existed: why."
        " Another deployment of the app was under way; wait until it is over and try again.\n"
        "What it had begun stays as it is (clear the way: Coolify): look there before you ask again."
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_of_the_rules_comes_before_the_first_step_that_acts(kind: str) -> None:
    assert KINDS[kind].opening not in KINDS[kind].acting


def test_no_error_claims_it_by_its_own_sentence_or_hint() -> None:
    """But a refusal, which begins nothing, and a line that was not taken in."""
    claims = {
        error.slug
        for error in errors.every_error()
        if any(word in f"{error.says} {error.hint}".lower() for word in SISTERS)
        and not issubclass(error, errors.Refusal)
    }
    assert claims == {errors.NotTaken.slug}
