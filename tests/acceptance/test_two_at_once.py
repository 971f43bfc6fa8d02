"""Two deploys of one target at once: exactly one runs, the other is refused with details of the first."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.acceptance.show import Show


async def test_two_deploys_at_once_one_wins_and_the_other_is_told_who_which_step_and_since_when(
    show: Show,
) -> None:
    show.world.coolify.queue.freeze()
    await show.type("deploy 3f2a1b9")
    await show.said("● watch   Coolify: ")
    told = await show.ask("deploy 3f2a1b9", "marko")
    assert re.search(
        r"Not started: @ana is deploying 3f2a1b9 to app \(step watch, \d+ s; last sign of life \d+ s ago; "
        r"Coolify: [^)]+\)",
        told,
    )
    assert "[Deploy after it]" in told
    assert "[Show it]" in told
    show.world.coolify.queue.thaw()
    await show.said("app runs 3f2a1b9: deployed")
    assert (show.deploys, len(show.posts())) == (1, 1)


async def test_of_many_at_the_same_moment_exactly_one_runs(show: Show) -> None:
    await asyncio.gather(*(show.type("deploy 3f2a1b9", user) for user in ("ana", "marko") * 3))
    await show.said("app runs 3f2a1b9: deployed")
    await show.until(lambda: len(show.whispers("ana")) + len(show.whispers("marko")) == 5)
    assert (show.deploys, len(show.posts())) == (1, 1)


async def test_deploy_after_it_waits_its_turn(show: Show) -> None:
    show.world.coolify.queue.freeze()
    await show.type("deploy 3f2a1b9")
    await show.said("● watch")
    refusal = await show.asked("deploy a4c9e1f --force", "marko")
    await show.press(refusal, "Deploy after it", "marko")
    await show.said("Waiting to deploy a4c9e1f")
    show.world.coolify.queue.thaw()
    await show.said("app runs 3f2a1b9: deployed")
    await show.until(lambda: show.slack.find("#deploys", "its deploy is"))


async def test_two_targets_are_deployed_side_by_side(show: Show) -> None:
    await asyncio.gather(show.type("deploy 3f2a1b9"), show.type("deploy 3f2a1b9 --to staging", "marko"))
    await show.said("app runs 3f2a1b9: deployed")
    await show.said("staging runs 3f2a1b9: deployed")
