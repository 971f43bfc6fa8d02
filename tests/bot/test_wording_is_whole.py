"""Nothing that fisk can answer or end with is without words."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import get_args

import pytest

from bot.wording.outcome import told
from bot.wording.said import WORDS, saying
from commands.dispatch import COMMANDS
from commands.replies import Reply
from deploy.loading import loaded
from deploy.outcomes import Outcome


def replies() -> list[type[Reply]]:
    """Each once: a slotted dataclass leaves the class behind that it was made from."""
    for path in COMMANDS.values():
        loaded(f"commands.{path}")
    kinds = Reply.__subclasses__()
    return [kind for kind in kinds if getattr(sys.modules[kind.__module__], kind.__name__) is kind]


@pytest.mark.parametrize("reply", replies())
def test_every_reply_has_words(reply: type[Reply]) -> None:
    for module in WORDS[reply.__module__]:
        import_module(f"bot.wording.said.{module}")
    assert saying.said.dispatch(reply) is not saying.said.dispatch(object)


@pytest.mark.parametrize("outcome", get_args(get_args(Outcome)[0]))
def test_every_outcome_has_words(outcome: type) -> None:
    assert told.dispatch(outcome) is not told.dispatch(object)
