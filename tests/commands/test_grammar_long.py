"""Lines that are made to cost time before Slack has its ack, and what nobody sees in a line."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import pytest

from commands import grammar
from commands.grammar import parse
from commands.grammar.locks import Lock
from commands.grammar.typed import MOST
from deploy.core.errors import NotUnderstood

LONGEST = "lock app " + "a" * (MOST - 9)
TRICKS = ('\\"', "\\'", "<@A|", "“", "—", "`", "-a", "a ", "--", "\u200b", "<@U1>", "*_~")


@pytest.mark.parametrize("read", [parse, grammar.again, lambda line: parse(shlex.split(line))])
def test_the_longest_line_is_read_and_one_that_is_longer_is_not(read: Callable[[str], Any]) -> None:
    assert read(LONGEST) == Lock("app", "a" * (MOST - 9))
    with pytest.raises(NotUnderstood) as refusal:
        read(f"{LONGEST}a")
    assert str(refusal.value) == "That line has 2,001 characters, and fisk reads at most 2,000."


@pytest.mark.parametrize("trick", TRICKS)
def test_a_line_of_forty_thousand_characters_is_refused_unread(trick: str) -> None:
    with pytest.raises(NotUnderstood, match="and fisk reads at most"):
        parse(trick * (40_000 // len(trick) + 1))


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("begin", ["", "lock app ", 'lock app "', "deploy ", "help "])
def test_reading_a_line_takes_work_in_proportion_to_its_length(begin: str, trick: str) -> None:
    """Counted in lines of code that run: four times the length may take little more than four times the work."""
    short, long = (_work(begin + trick * (length // len(trick))) for length in (MOST // 8, MOST // 2))
    assert long < 6 * short


def _work(line: str) -> int:
    ran = 0

    def count(_frame: FrameType, event: str, _argument: object) -> Callable[..., Any]:
        nonlocal ran
        ran += event == "line"
        return count

    sys.settrace(count)
    try:
        with suppress(NotUnderstood):
            parse(line)
    finally:
        sys.settrace(None)
    return ran


def test_what_nobody_sees_is_no_part_of_a_line() -> None:
    hidden = "lock\u200b app\u202e wh\U000e0041y\ufeff"
    assert [parse(hidden), parse(hidden.split())] == [Lock("app", "why")] * 2
