"""Single use of buttons, where the bot or its memory fails under a press."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from bot.slack.answers import Way
from bot.slack.buttons import REMEMBERED, Buttons, Pressed
from bot.slack.typed_line import TypedLine
from commands import grammar
from deploy.access.errors import PressedBefore
from deploy.core import errors
from deploy.core.model import Actor, Origin

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from deploy.redis.connect import State

LINE = "lock app why"
BUTTON = Pressed("C1", "1.0", LINE, {})
KEY = f"once:{BUTTON.key}"


def press(key: str, name: str) -> TypedLine:
    nowhere, origin = Way("C1", "U1"), Origin("slack", "C1", request=key)
    return TypedLine(grammar.parse(LINE), LINE, Actor("U1", name), origin, nowhere, nowhere, BUTTON)


@pytest.fixture
def buttons(state: State, speaker: Speaker) -> Buttons:
    return Buttons(state, speaker)


async def test_a_button_is_used_for_days_once_its_line_has_run(buttons: Buttons, state: State) -> None:
    async with buttons.pressing(press("t:1", "ana")):
        pass
    with pytest.raises(PressedBefore) as told:
        await AsyncExitStack().enter_async_context(buttons.pressing(press("t:2", "marko")))
    assert told.value.who == "ana"
    assert await state.ask("PTTL", state.key(KEY)) > (REMEMBERED - 60) * 1000


async def test_a_press_under_which_the_bot_dies_is_forgotten_within_seconds(
    buttons: Buttons, state: State
) -> None:
    async with buttons.pressing(press("t:1", "ana")):
        left = await state.ask("PTTL", state.key(KEY))
    assert 0 < left <= 5000


@pytest.mark.parametrize("failure", [ZeroDivisionError, asyncio.CancelledError, errors.NoKey])
async def test_what_failed_may_be_pressed_again(buttons: Buttons, failure: type[BaseException]) -> None:
    with pytest.raises(failure):
        async with buttons.pressing(press("t:1", "ana")):
            raise failure
    async with buttons.pressing(press("t:2", "marko")):
        pass
