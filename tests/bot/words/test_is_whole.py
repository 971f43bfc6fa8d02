"""Every reply and every outcome has a text."""

from __future__ import annotations

import sys

import pytest

from bot.words.texts import outcome_text, reply_text
from commands.dispatch import COMMANDS
from commands.reply import Reply
from tests.bot.anything import OUTCOMES


def replies() -> list[type[Reply]]:
    """Each once: a slotted dataclass leaves the class behind that it was made from."""
    assert COMMANDS
    kinds = Reply.__subclasses__()
    return [kind for kind in kinds if getattr(sys.modules[kind.__module__], kind.__name__) is kind]


@pytest.mark.parametrize("reply", replies())
def test_every_reply_has_words(reply: type[Reply]) -> None:
    assert reply_text.dispatch(reply) is not reply_text.dispatch(object)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_has_words(outcome: type) -> None:
    assert outcome_text.dispatch(outcome) is not outcome_text.dispatch(object)
