"""An operation under which bot after bot dies is set aside, told in the channel, and goes on by a button."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploy.engine.claims import DEATHS
from tests.acceptance.test_crashes import watching
from tests.waiting import until

if TYPE_CHECKING:
    from sandbox.bot import Bot
    from tests.acceptance.show import Show


async def runs_it(show: Show, bot: Bot) -> None:
    """Until this very bot has taken the operation over."""
    assert bot.process
    mine = f":{bot.process.pid}:"

    async def taken() -> bool:
        return any(mine in each.runner for each in await journal.running())

    async with show.memory() as journal:
        await until(taken)


async def test_it_is_told_where_it_was_begun_and_goes_on_by_a_button(show: Show) -> None:
    await watching(show)
    live = await show.noted()
    for _ in range(DEATHS - 1):
        await show.bots[-1].kill()
        await runs_it(show, await show.join())
    await show.bots[-1].kill()
    await show.join()
    told = await show.said("is set aside")
    assert re.search(
        r"<@U024BE7LH>: d-\w+ \(`deploy 3f2a1b9`\) is set aside, since 3 runners died", told.text
    )
    assert f"d-{told.text.partition('d-')[2][:6]}: set aside, since 3 runners died" in await show.ask("locks")

    show.world.coolify.queue.thaw()
    await show.type("deploy 3f2a1b9 --to staging", user="marko")
    await show.said("staging runs 3f2a1b9: deployed")
    await show.press(told, "Try it again")
    await show.until(lambda: "app runs 3f2a1b9: deployed" in show.slack.reading(live))
    assert (show.deploys, show.runs) == (1, "3f2a1b9")
