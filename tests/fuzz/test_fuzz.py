"""Twenty thousand made-up inputs hold; what would not hold is found, and can be run again alone."""

from __future__ import annotations

import subprocess
import sys
from random import Random
from typing import Any

import pytest

from bot.slack import blocks
from deploy.core.actor import Offer
from tests.fuzz import __main__ as fuzz, checks

COUNT, WITHIN = 20_000, 120  # cases, and the seconds after which they are given up


@pytest.mark.timeout(WITHIN + 30)
def test_twenty_thousand_made_up_inputs_hold() -> None:
    argv = [sys.executable, "-m", "tests.fuzz", "--count", str(COUNT), "--seed", "ci"]
    done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=WITHIN)
    assert done.returncode == 0, done.stderr[-4000:]


def test_a_case_that_does_not_hold_says_how_to_run_it_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[float] = []

    async def case(random: Random) -> None:
        asked.append(random.random())
        assert len(asked) != 3, "the third"

    monkeypatch.setitem(fuzz.KINDS, "lines", (30, case))
    monkeypatch.setattr(sys, "argv", ["fuzz", "--only", "lines", "--seed", "s", "--count", "9"])
    assert fuzz.main() == 1
    assert "scripts/fuzz --seed s --only lines --case 2\n" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["fuzz", "--only", "lines", "--seed", "s", "--case", "2"])
    assert fuzz.main() == 0
    assert asked[3] == asked[2]


@pytest.mark.parametrize(
    "text",
    ["<!here>", "<!channel|x>", "<https://evil.example|Deploy>", "<#C1>", "a\u202eb", "a\x1bb", "<", "<@u1>"],
)
def test_what_nobody_meant_is_found_in_a_message(text: str) -> None:
    with pytest.raises(AssertionError):
        checks.message(blocks.message(text))


@pytest.mark.parametrize(
    "change",
    [
        {"text": "x" * 40_001},
        {"blocks": [{"type": "image", "image_url": "https://evil.example/x.png", "alt_text": "x"}]},
        {"blocks": blocks.message("x")["blocks"] * 51},
        {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]},
    ],
)
def test_a_block_that_nobody_meant_and_what_is_over_slacks_limits_is_found(change: dict[str, Any]) -> None:
    good = blocks.message("*app* is healthy <@U024BE7LH>", [Offer("Deploy", "deploy latest")])
    checks.message(good)
    with pytest.raises(AssertionError):
        checks.message({**good, **change})


def test_what_a_terminal_would_obey_is_found() -> None:
    with pytest.raises(AssertionError):
        checks.said("a\x1b[2J", (), checks.VIEWS[1])
