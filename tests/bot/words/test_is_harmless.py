"""Text from outside mentions nobody in Slack and cannot control a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from bot.words import notices
from bot.words.format import TERMINAL, Format
from bot.words.progress import beginning, headline, step_lines
from bot.words.texts import outcome_text, release_notes, reply_text
from bot.words.timeline import Timeline
from commands.help import HelpText
from deploy.notices.policy import Notice
from tests.bot.anything import OUTCOMES, anything, operations
from tests.bot.words.test_is_whole import replies

if TYPE_CHECKING:
    from commands.reply import Reply
    from deploy.core.model import Operation
    from deploy.core.outcomes import Outcome

SLACK = Format(slack=True)
VOICES = (SLACK, TERMINAL)
PING = re.compile(r"<!(?!date\^)")
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
REPLIES = [kind for kind in replies() if kind is not HelpText]  # whose words are all fisk's own
few = settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


def harmless(texts: Iterator[str]) -> None:
    slack, terminal = texts
    assert not PING.search(slack)
    assert not OBEYED.search(slack + terminal)


@pytest.mark.parametrize("kind", REPLIES)
def test_in_a_reply(kind: type[Reply]) -> None:
    @few
    @given(anything(kind))
    def test(reply: Reply) -> None:
        harmless(reply_text(reply, fmt)[0] for fmt in VOICES)

    test()


@pytest.mark.parametrize("kind", OUTCOMES)
def test_in_an_outcome(kind: type[Any]) -> None:
    @few
    @given(anything(kind), operations)
    def test(outcome: Outcome, operation: Operation) -> None:
        harmless(f"{outcome_text(outcome, operation, fmt)}\n{release_notes(outcome, fmt)}" for fmt in VOICES)

    test()


@few
@given(operations, anything(Timeline))
def test_in_a_live_message(operation: Operation, timeline: Timeline) -> None:
    harmless(headline(operation, timeline, operation.created, fmt) for fmt in VOICES)
    harmless("\n".join(step_lines(operation, timeline, fmt)) for fmt in VOICES)
    harmless(beginning(operation, fmt) for fmt in VOICES)


@few
@given(anything(Notice))
def test_in_a_notice(it: Notice) -> None:
    harmless(f"{notices.notice_text(it, fmt)}\n{notices.reminder(it, fmt)}" for fmt in VOICES)
