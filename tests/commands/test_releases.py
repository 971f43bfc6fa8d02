"""promote: where from and where to, what it would do, and buttons that something has overtaken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands.deploys import Judged
from commands.reply import Started
from deploy.core import errors
from deploy.core.model import Dialog, Offer, Release
from deploy.deploys.overtaken import Overtaken
from deploy.releases.arguments import PromoteArguments
from deploy.releases.errors import NotProvenThere, SameTarget
from sandbox import story
from sandbox.host import Container
from tests.commands.conftest import MARKO
from tests.deploy.conftest import ANA

if TYPE_CHECKING:
    from commands.reply import Reply
    from sandbox.world import World
    from tests.commands.conftest import Asking

NOOP = "promote staging app --noop"


async def proven(asking: Asking, outside: World, sha: str) -> None:
    """Staging runs it, and fisk proved that."""
    shipped = outside.registry.find(story.IMAGE, sha)
    assert shipped is not None
    outside.host.running["staging"] = Container.of(shipped)
    memory = asking.parts.world.memory
    release = Release("staging", sha, sha, shipped.digest, await memory.now(), "d-1", ANA, "digest")
    await memory.history.add_release(release)


def begun(reply: Reply) -> PromoteArguments:
    assert isinstance(reply, Started)
    assert isinstance(reply.operation.arguments, PromoteArguments)
    return reply.operation.arguments


@pytest.mark.parametrize("line", ["promote", "promote staging", "promote from staging to app"])
async def test_staging_goes_to_app_unless_others_are_named(asking: Asking, line: str) -> None:
    assert begun(await asking(line)) == PromoteArguments("app", source="staging")


async def test_a_target_does_not_go_to_itself(asking: Asking) -> None:
    with pytest.raises(SameTarget) as refusal:
        await asking("promote app")
    assert str(refusal.value) == "app cannot be promoted to itself."


async def test_a_target_that_is_not_there_is_named(asking: Asking) -> None:
    with pytest.raises(errors.UnknownTarget):
        await asking("promote stagign app")


async def test_what_it_would_do_is_shown_with_the_button_that_does_it(asking: Asking, outside: World) -> None:
    await proven(asking, outside, story.BUILT)
    reply = await asking(NOOP)
    assert isinstance(reply, Judged)
    asks = Dialog("app runs a4c9e1f. Deploy 3f2a1b9?", "Deploy 3f2a1b9", "Keep a4c9e1f")
    line = "promote staging app --of 3f2a1b9 --when-ran a4c9e1f"
    assert (reply.commit.sha, reply.offers) == (story.BUILT, (Offer("Promote 3f2a1b9", line, asks=asks),))
    assert begun(await asking(line)) == PromoteArguments("app", "3f2a1b9", "staging")


async def test_the_way_past_what_refuses_promotes(asking: Asking, outside: World) -> None:
    await proven(asking, outside, story.MULTI_ARCH)
    reply = await asking(NOOP)
    assert isinstance(reply, Judged)
    assert reply.offers[0].command == "promote staging app --of 0b94ac7 --force --when-ran a4c9e1f"
    forced = await asking(f"{NOOP} --force")
    assert isinstance(forced, Judged)
    assert forced.offers[0].command == "promote staging app --of 0b94ac7 --when-ran a4c9e1f --force"


async def test_what_is_not_proven_would_be_refused(asking: Asking) -> None:
    with pytest.raises(NotProvenThere):
        await asking(NOOP)


async def test_a_button_for_when_the_target_ran_something_else_is_refused(
    asking: Asking, outside: World
) -> None:
    shipped = outside.registry.find(story.IMAGE, story.MULTI_ARCH)
    assert shipped is not None
    outside.host.running["app"] = Container.of(shipped)
    with pytest.raises(Overtaken) as refusal:
        await asking("promote staging app --of 3f2a1b9 --when-ran a4c9e1f")
    assert str(refusal.value) == "This was for when app ran a4c9e1f. It runs 0b94ac7 now."
    (offer,) = refusal.value.offers
    assert offer.command == "promote staging app --of 3f2a1b9 --when-ran 0b94ac7"


async def test_a_target_locked_by_another_is_named(asking: Asking) -> None:
    await asking("promote")
    with pytest.raises(errors.Locked) as refusal:
        await asking("promote", MARKO)
    assert str(refusal.value).startswith("Not started: @ana is promoting from staging to app (about to begin")
