"""Lines as people type them: what they mean, or what the refusal names as the next step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from commands.grammar import Help, parse
from deploy.core.errors import NotUnderstood

if TYPE_CHECKING:
    from deploy.core.actor import Failure

CASES = Path(__file__).parent / "cases"
LINES = yaml.safe_load((CASES / "lines.yaml").read_text())
STRANGERS = yaml.safe_load((CASES / "strangers.yaml").read_text())
UNDERSTOOD = {**LINES["means"], **{line: it["means"] for line, it in STRANGERS.items() if "means" in it}}
BY_NAME = "deploy app"  # a branch may be called that: tests/commands/test_named_refs.py
STEPS = {line: it["next"] for line, it in STRANGERS.items() if "next" in it and line != BY_NAME}


@pytest.mark.parametrize(("line", "means"), UNDERSTOOD.items())
def test_a_line_as_people_type_it_is_understood(line: str, means: str) -> None:
    assert parse(line) == parse(means)


@pytest.mark.parametrize(("line", "says"), LINES["refused"].items())
def test_what_is_doubtful_is_refused_with_what_may_be_meant(line: str, says: list[str]) -> None:
    said = refusal(line)
    assert [each for each in says if each not in said] == []


@pytest.mark.parametrize(("line", "steps"), STEPS.items())
def test_a_stranger_is_told_the_next_step(line: str, steps: list[str]) -> None:
    said = refusal(line)
    assert [step for step in steps if f"`/fisk {step}`" not in said] == []


def test_a_step_that_changes_something_is_told_and_is_no_button() -> None:
    pressed = [offer.command for line in STEPS for offer in refused(line).offers]
    assert "status" in pressed
    assert [line for line in pressed if parse(line).changes] == []


@pytest.mark.parametrize("line", ["", "help", "?", "help me"])
def test_whoever_asks_for_help_gets_it(line: str) -> None:
    assert parse(line) == Help("")


def refused(line: str) -> Failure:
    with pytest.raises(NotUnderstood) as refusal:
        parse(line)
    return refusal.value.failure


def refusal(line: str) -> str:
    failure = refused(line)
    return f"{failure.sentence} {failure.hint}"
