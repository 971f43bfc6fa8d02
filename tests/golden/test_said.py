"""Everything that fisk says, word for word and block for block: `FISK_GOLDEN=write` writes the file anew."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.words.format import LINE
from sandbox.slack import blocks as block_kit
from tests.golden.states import State, states
from tests.packages import NODE, installed

SAID = Path(__file__).parent / "said.txt"
MAKE = (
    "npx",
    "--no-install",
    "ts-json-schema-generator",
    "--path",
    "said.ts",
    "--type",
    "Said",
    "--no-type-check",
)


def _written() -> str:
    return "\n".join(line for state in states() for line in _lines(state))


def _lines(state: State) -> Iterator[str]:
    yield f"=== {state.name}"
    for name, part in state.slack.items():
        if name == "blocks":
            yield from (json.dumps(block, ensure_ascii=False) for block in part)
        else:
            yield f"{name}: {json.dumps(part, ensure_ascii=False)}"
    if state.terminal:
        yield "--- terminal"
        yield state.terminal
    yield ""


def test_it_is_what_the_golden_file_has() -> None:
    written = _written()
    if os.environ.get("FISK_GOLDEN") == "write":
        SAID.write_text(written, encoding="utf-8")
    assert written == SAID.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """A JSON schema of what Slack takes, made of its own types."""
    installed("ts-json-schema-generator")
    made = subprocess.run(MAKE, cwd=NODE, check=True, capture_output=True, timeout=100)
    found: dict[str, Any] = json.loads(made.stdout)
    return found


@pytest.mark.node
def test_it_fits_slacks_own_types(schema: dict[str, Any]) -> None:
    validator = jsonschema.Draft7Validator(schema)
    wrong = {
        state.name: [error.message[:200] for error in validator.iter_errors(state.slack)]
        for state in states()
        if not validator.is_valid(state.slack)
    }
    assert wrong == {}


def test_what_people_copy_has_no_link_in_it() -> None:
    lines = (line for state in states() for line in str(state.slack.get("text", "")).splitlines())
    assert [line for line in lines if any("<http" in code for code in line.split("`")[1::2])] == []


def test_a_terminal_is_told_lines_of_a_terminal() -> None:
    assert [state.name for state in states() if LINE.search(state.terminal)] == []


def test_it_is_within_slacks_limits() -> None:
    assert {state.name: found for state in states() if (found := _problems(state.slack))} == {}


def _problems(said: dict[str, Any]) -> list[str]:
    if "type" in said:
        return block_kit.view_problems(said, said["type"])
    return block_kit.problems(said["blocks"])
