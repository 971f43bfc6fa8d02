"""A button's line carries what ran when it was drawn, and is refused where something else runs by now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands.reply import Started
from deploy.core.model import Dialog, Offer
from deploy.deploys.overtaken import Overtaken
from sandbox import story
from sandbox.host import Container

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.commands.conftest import Asking


def ships_past_fisk(outside: World, sha: str) -> None:
    """Somebody starts another image by hand."""
    shipped = outside.registry.find(story.IMAGE, sha)
    assert shipped is not None
    outside.host.running["app"] = Container.of(shipped)


@pytest.mark.parametrize("line", ["deploy 3f2a1b9 --to app --when-ran a4c9e1f", "deploy 3f2a1b9"])
async def test_while_the_same_runs_it_is_an_ordinary_line(asking: Asking, line: str) -> None:
    assert isinstance(await asking(line), Started)


async def test_a_deploy_for_when_something_else_ran_is_refused_with_the_button_of_now(
    asking: Asking, outside: World
) -> None:
    ships_past_fisk(outside, story.MULTI_ARCH)
    with pytest.raises(Overtaken) as refusal:
        await asking("deploy 3f2a1b9 --to app --force --when-ran a4c9e1f")
    assert str(refusal.value) == "This was for when app ran a4c9e1f. It runs 0b94ac7 now."
    (offer,) = refusal.value.offers
    line = "deploy 3f2a1b9 --to app --force --when-ran 0b94ac7"
    asks = Dialog("app runs 0b94ac7. Deploy 3f2a1b9?", "Deploy 3f2a1b9", "Keep 0b94ac7")
    assert offer == Offer("Deploy 3f2a1b9 all the same", line, danger=True, asks=asks)
    assert await asking.parts.world.memory.locks.locked() == {}
    assert isinstance(await asking(offer.command), Started)


async def test_a_way_back_from_what_runs_no_more_is_refused_with_the_way_back_from_what_runs(
    asking: Asking, outside: World
) -> None:
    begun = await asking("deploy 3f2a1b9")
    assert isinstance(begun, Started)
    assert await asking.parts.engine.run_one(begun.operation.id)
    with pytest.raises(Overtaken) as refusal:
        await asking("rollback app a4c9e1f --when-ran 0b94ac7")
    assert str(refusal.value) == "This was for when app ran 0b94ac7. It runs 3f2a1b9 now."
    line = "rollback app a4c9e1f --when-ran 3f2a1b9"
    asks = Dialog("app runs 3f2a1b9. Go back to a4c9e1f?", "Roll back to a4c9e1f", "Keep 3f2a1b9")
    assert refusal.value.offers == (Offer("Roll back to a4c9e1f", line, danger=True, asks=asks),)
    assert isinstance(await asking(refusal.value.offers[0].command), Started)
    assert outside.coolify.running("app").startswith("3f2a1b9")


async def test_where_nobody_can_say_what_runs_the_gates_judge(asking: Asking, outside: World) -> None:
    outside.coolify.faults.queue("GET */applications/*", status=500, times=100)
    assert isinstance(await asking("deploy 3f2a1b9 --to app --when-ran a4c9e1f"), Started)
