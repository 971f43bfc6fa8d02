"""stats: text and picture in Slack, text and JSON at a terminal, of a story with a past."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import past

if TYPE_CHECKING:
    from tests.acceptance.show import Show

ANA, INCIDENT = "U024BE7LH", "#inc-vat-rounding"
RATE = "Change failure rate: 33% (2 of 6 deploys)"
ALT = "Deploys: 6, about "


async def test_figures_are_told_with_a_picture_to_whoever_asks(show: Show) -> None:
    async with show.memory() as journal:
        await past.remember(journal.state, show.world.clock)
    alone = await show.ask("stats")
    assert RATE in alone
    assert alone.endswith("stats.png, in your direct messages with fisk.")
    (picture,) = pictures(show, ANA)
    assert (picture["mimetype"], ALT in picture["alt_txt"]) == ("image/png", True)

    await show.type("stats app 7d", channel=INCIDENT)  # where answers are for all
    await show.until(lambda: pictures(show, INCIDENT))
    await show.until(lambda: show.slack.find(INCIDENT, "As a picture: stats.png"))

    ended = await show.terminal("stats", "--json")
    stats = ended.json["stats"]
    assert (ended.status, stats["deploys"], stats["failed"], stats["back"]) == (0, 6, 2, 1)
    assert stats["builds"][0]["workflow"] == "build.yml"


def pictures(show: Show, channel: str) -> list[dict[str, str]]:
    return [dict(file) for message in show.slack.messages(channel) for file in message.files]
