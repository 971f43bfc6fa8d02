"""The error hierarchy: each error has a unique code, a sentence, and a next step."""

from __future__ import annotations

import string
from dataclasses import MISSING, fields
from typing import Any

import pytest

import commands.dispatch  # noqa: F401 (it loads every feature, and so every error)
from deploy.core import errors
from deploy.core.errors import FiskError, SystemFailure, every_error
from deploy.core.model import Offer
from deploy.deploys.errors import GateRefusal, NoImage

EVERY = sorted(every_error(), key=lambda kind: kind.slug)
NUMBERS = {"seconds", "retry_after", "minutes"}
WITHOUT_HINT = {"cancelled"}  # whoever asked knows what to do next


def example(kind: type[FiskError]) -> FiskError:
    required = {each.name for each in fields(kind) if each.default is MISSING}
    facts: dict[str, Any] = {name: 7.0 if name in NUMBERS else f"<{name}>" for name in required}
    if issubclass(kind, SystemFailure):
        facts["system"] = "The registry"
    return kind(**facts)


def named(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.slug)
def test_the_templates_of_an_error_name_nothing_but_its_fields(kind: type[FiskError]) -> None:
    assert named(kind.says) | named(kind.hint) <= {each.name for each in fields(kind)}


def test_an_error_takes_nothing_that_it_has_no_field_for() -> None:
    with pytest.raises(TypeError, match="imge"):
        NoImage(imge="x", sha="3f2a1b9", url="")  # type: ignore[call-arg]


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.slug)
def test_an_error_says_one_whole_sentence_and_what_to_do(kind: type[FiskError]) -> None:
    failure = example(kind).failure
    assert failure.sentence
    assert failure.sentence[-1] in ".>"
    assert bool(failure.hint) is (kind.slug not in WITHOUT_HINT)
    assert "{" not in failure.sentence + failure.hint
    assert "!" not in failure.sentence + failure.hint


def test_every_code_is_its_own() -> None:
    codes = [example(kind).code for kind in EVERY]
    assert sorted(set(codes)) == sorted(codes)


def test_the_code_of_a_system_failure_names_the_system() -> None:
    codes = [
        errors.TimedOut(system=system, seconds=10).code
        for system in ("GitHub", "The registry", "Coolify", "Slack")
    ]
    assert codes == ["github_timed_out", "registry_timed_out", "coolify_timed_out", "slack_timed_out"]


def test_an_error_becomes_a_value_with_its_offers() -> None:
    offer = Offer("Show it", "op d-7k3f")
    error = errors.NotCancellable(operation="d-7k3f", state="done", offers=(offer,))
    assert (error.failure.code, error.failure.sentence, error.failure.hint, error.failure.offers) == (
        "not_cancellable",
        "d-7k3f is already over: done.",
        "`/fisk op d-7k3f` shows how it ended.",
        (offer,),
    )


def test_only_these_gates_may_be_forced() -> None:
    forceable = {kind.slug for kind in every_error(GateRefusal) if getattr(kind, "forceable", False)}
    assert forceable == {
        "off_main",
        "runs_already",
        "build_failed",
        "downgrade",
        "coolify_hangs",
        "over_migrations",
        "migrations_unknown",
        "not_long_enough",
        "not_on_trial",
        "trial_unknown",
    }
