"""The doctor's changed findings, posted where outcomes are announced and in incident channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.slack.channels import Channels
from bot.slack.doctor import DoctorNews
from bot.slack.incidents import Incidents
from bot.words.format import Format
from deploy.doctor.changes import Change, News
from deploy.doctor.verdicts import Finding
from deploy.redis import codec

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from deploy.engine.journal import Journal
    from deploy.redis.connect import State
    from sandbox.slack import Slack

VAT, DEPLOYS = "C0INCVAT1", "C0DEPLOYS"
BROKEN = Finding("runner.online", "The runner is online", "broken", "it is offline", "`/fisk runner restart`")
MESSAGE = codec.dump(News, News(1.5, (Change("holds", BROKEN),)))
TOLD = (
    "*The doctor found changes in the build authority:*\n"
    "✗ runner.online   The runner is online\n      it is offline\n      Fix: `/fisk runner restart`"
)


def heard(slack: Slack) -> dict[str, list[str]]:
    return {
        channel: [message.text for message in slack.messages(channel)]
        for channel in (VAT, DEPLOYS)
        if slack.messages(channel)
    }


@pytest.mark.parametrize(
    ("channel", "told"),
    [("", {VAT: [TOLD]}), (DEPLOYS, {VAT: [TOLD], DEPLOYS: [TOLD]}), (VAT, {VAT: [TOLD]})],
)
async def test_news_is_told_once_in_each_channel_however_often_its_letter_comes(
    slack: Slack, speaker: Speaker, journal: Journal, state: State, channel: str, told: dict[str, list[str]]
) -> None:
    fmt = Format(slack=True)
    incidents = Incidents(Channels(speaker, ("C0INCVAT1",)), speaker, journal, state, fmt, announce=channel)
    for _ in range(2):
        await DoctorNews(incidents, fmt).tell(MESSAGE)
    assert heard(slack) == told
    assert slack.messages(VAT)[0].buttons() == ["Runner restart", "Look again"]
