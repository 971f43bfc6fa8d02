"""Where there are no slash commands, no next step is typed as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from bot.words import notices
from bot.words.format import TERMINAL, Format
from bot.words.progress import beginning, headline, step_lines
from bot.words.texts import outcome_text, release_notes, reply_text
from bot.words.timeline import Timeline
from deploy.core.errors import FiskError, NotHeld, every_error
from deploy.notices.policy import Notice
from tests.bot.anything import OUTCOMES, anything, operations
from tests.bot.words.test_is_harmless import REPLIES

if TYPE_CHECKING:
    from commands.reply import Reply
    from deploy.core.model import Operation
    from deploy.core.outcomes import Outcome

SLACK = Format(slack=True)
THREAD = SLACK.within("1764000000.000100")
few = settings(max_examples=20, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize(
    ("fmt", "typed"),
    [
        (SLACK, "/fisk locks"),
        (SLACK.within(""), "/fisk locks"),
        (THREAD, "@fisk locks"),
        (THREAD.within(""), "/fisk locks"),
        (TERMINAL, "fisk locks"),
        (TERMINAL.within("1764000000.000100"), "fisk locks"),
    ],
)
def test_a_next_step_is_told_as_it_is_typed_there(fmt: Format, typed: str) -> None:
    assert fmt.failure(NotHeld(target="app").failure) == f"Nobody holds app. `{typed}` shows who holds what."


@pytest.mark.parametrize("kind", [*every_error()])
def test_in_an_errors_words(kind: type[FiskError]) -> None:
    assert "/fisk " not in THREAD.escape(f"{kind.says} {kind.hint}")


@pytest.mark.parametrize("kind", REPLIES)
def test_in_a_reply(kind: type[Reply]) -> None:
    @few
    @given(anything(kind))
    def test(reply: Reply) -> None:
        assert "/fisk " not in reply_text(reply, THREAD)[0]

    test()


@pytest.mark.parametrize("kind", OUTCOMES)
def test_in_an_outcome(kind: type[Any]) -> None:
    @few
    @given(anything(kind), operations)
    def test(outcome: Outcome, operation: Operation) -> None:
        assert "/fisk " not in outcome_text(outcome, operation, THREAD)
        assert "/fisk " not in release_notes(outcome, THREAD)

    test()


@few
@given(operations, anything(Timeline))
def test_in_a_live_message(operation: Operation, timeline: Timeline) -> None:
    parts = [headline(operation, timeline, operation.created, THREAD), beginning(operation, THREAD)]
    assert "/fisk " not in "\n".join([*parts, *step_lines(operation, timeline, THREAD)])


@few
@given(anything(Notice))
def test_in_a_notice(it: Notice) -> None:
    assert "/fisk " not in f"{notices.notice_text(it, THREAD)}\n{notices.reminder(it, THREAD)}"
