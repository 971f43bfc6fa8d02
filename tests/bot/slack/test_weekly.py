"""The week's figures, posted once in each channel that wants them."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.pictures.png import Drawing
from bot.slack.weekly import Weekly
from bot.words.format import Format
from deploy.core import errors
from deploy.core.together import together
from tests.commands.conftest import asking, outside

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from sandbox.slack import Slack
    from tests.commands.conftest import Asking

__all__ = ["asking", "outside"]

ZAGREB = "Europe/Zagreb"
NINE = datetime(2026, 11, 30, 9, 1, tzinfo=ZoneInfo(ZAGREB)).timestamp()
CHANNELS = {"C0DEPLOYS": ZAGREB, "C0INCVAT1": "America/New_York"}
DRAWS = Drawing(60, (sys.executable, "-c", "print('a picture')"))


def weekly(asking: Asking, speaker: Speaker) -> Weekly:
    parts = asking.parts
    return Weekly(parts.world, parts.state, CHANNELS, speaker=speaker, drawing=DRAWS, fmt=Format(slack=True))


def told(slack: Slack, channel: str = "C0DEPLOYS") -> list[str]:
    return [message.text.partition("\n")[0] for message in slack.messages(channel) if message.text]


async def test_each_replica_looks_and_one_tells(asking: Asking, slack: Slack, speaker: Speaker) -> None:
    await together(*(weekly(asking, speaker).look(NINE) for _ in range(3)))
    await weekly(asking, speaker).look(NINE + 3600)
    assert told(slack) == ["*app*, the last 7 days: fisk's record of operations is empty"]
    (message,) = [each for each in slack.messages("C0DEPLOYS") if each.text]
    assert "As a picture: <" in message.text
    assert message.buttons() == ["30 days"]
    assert sum(bool(each.files) for each in slack.messages("C0DEPLOYS")) == 1


async def test_each_channel_has_its_own_monday(asking: Asking, slack: Slack, speaker: Speaker) -> None:
    await weekly(asking, speaker).look(NINE)
    assert told(slack, "C0INCVAT1") == []
    await weekly(asking, speaker).look(NINE + 6 * 3600)
    assert len(told(slack, "C0INCVAT1")) == 1
    await weekly(asking, speaker).look(NINE + 7 * 86_400)
    assert len(told(slack)) == 2


async def test_where_slack_does_not_take_them_the_next_look_tells(
    asking: Asking, slack: Slack, speaker: Speaker
) -> None:
    slack.faults.queue("* /api/chat.postMessage", status=503)
    with pytest.raises(errors.SystemFailure):
        await weekly(asking, speaker).look(NINE)
    await weekly(asking, speaker).look(NINE + 60)
    assert len(told(slack)) == 1


async def test_a_channel_that_is_gone_is_passed_over(asking: Asking, slack: Slack, speaker: Speaker) -> None:
    del slack.workspace.channels["C0DEPLOYS"]
    await weekly(asking, speaker).look(NINE)
    await weekly(asking, speaker).look(NINE + 6 * 3600)
    assert len(told(slack, "C0INCVAT1")) == 1
