"""Nothing that fisk can answer or end with is without words."""

from __future__ import annotations

from typing import get_args

import pytest

from bot.wording.outcome import told
from bot.wording.said import said
from commands.reply import Reply
from deploy.outcomes import Outcome


@pytest.mark.parametrize("reply", Reply.__subclasses__())
def test_every_reply_has_words(reply: type[Reply]) -> None:
    assert said.dispatch(reply) is not said.dispatch(object)


@pytest.mark.parametrize("outcome", get_args(get_args(Outcome)[0]))
def test_every_outcome_has_words(outcome: type) -> None:
    assert told.dispatch(outcome) is not told.dispatch(object)
