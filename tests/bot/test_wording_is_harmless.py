"""Whatever anybody outside writes pings nobody in Slack and does nothing to a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings

from bot.timeline import Timeline
from bot.wording import notice
from bot.wording.outcome import release_notes, told
from bot.wording.progress import beginning, headline, step_lines
from bot.wording.said import said
from bot.wording.voice import TERMINAL, Voice
from commands.replies import HelpText, Reply
from deploy.notices import Notice
from deploy.outcomes import Outcome
from tests.bot.anything import anything, operations
from tests.bot.test_wording_is_whole import replies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.model import Operation

SLACK = Voice(slack=True)
VOICES = (SLACK, TERMINAL)
PING = re.compile(r"<!")
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
        harmless(said(reply, voice)[0] for voice in VOICES)

    test()


@pytest.mark.parametrize("kind", get_args(get_args(Outcome)[0]))
def test_in_an_outcome(kind: type[Any]) -> None:
    @few
    @given(anything(kind), operations)
    def test(outcome: Outcome, operation: Operation) -> None:
        harmless(f"{told(outcome, operation, voice)}\n{release_notes(outcome, voice)}" for voice in VOICES)

    test()


@few
@given(operations, anything(Timeline))
def test_in_a_live_message(operation: Operation, timeline: Timeline) -> None:
    harmless(headline(operation, timeline, operation.created, voice) for voice in VOICES)
    harmless("\n".join(step_lines(operation, timeline, voice)) for voice in VOICES)
    harmless(beginning(operation, voice) for voice in VOICES)


@few
@given(anything(Notice))
def test_in_a_notice(it: Notice) -> None:
    harmless(f"{notice.told(it, voice)}\n{notice.reminder(it, voice)}" for voice in VOICES)
