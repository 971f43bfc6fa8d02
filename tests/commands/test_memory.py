"""memory, memory accept; and what is compared before something begins on another master or an emptied memory."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from bot.words.format import Format
from bot.words.texts import reply_text
from commands.memory import Accepted, MemoryShown
from commands.reply import Started
from deploy.access.policy import Policy, Role
from deploy.core import errors
from deploy.core.model import Resource
from deploy.core.permissions import PERMISSIONS
from deploy.engine.recovery import EMPTIED, FOUND, Emptied, Found
from deploy.redis import codec
from tests.deploy.conftest import ANA, an_operation

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.commands.conftest import Asking

EVERYTHING = Policy(roles={"all": Role(frozenset({ANA.id}), frozenset(PERMISSIONS))})


async def another_master(asking: Asking) -> None:
    """As after a failover: what was compared was compared with a server that is master no more."""
    state = asking.parts.state
    text = state.signer.sign("b" * 40, "recovered", "*")
    await state.ask("HSET", state.key("recovered"), "*", text)


async def news(asking: Asking, kind: str) -> list[str]:
    """The outbox's messages of that kind."""
    state = asking.parts.state
    entries = await state.ask("XRANGE", state.key("outbox"), "-", "+")
    return [state.signer.opened(fields[kind], "outbox", kind) for _, fields in entries if kind in fields]


async def test_a_server_without_replicas_says_that_it_is_alone(asking: Asking) -> None:
    reply = await asking("memory")
    assert isinstance(reply, MemoryShown)
    where = asking.parts.state.shown
    assert (reply.where, reply.view.alone, reply.emptied, reply.failed) == (where, True, False, False)
    text, _ = reply_text(reply, Format(slack=False))
    assert text == f"fisk remembers in {where}. No replica follows it, so what it takes counts at once."


async def test_where_nothing_was_emptied_there_is_nothing_to_accept(asking: Asking) -> None:
    with pytest.raises(errors.NothingEmptied):
        await asking("memory accept")


async def test_on_an_emptied_memory_nothing_begins_until_somebody_accepts_it(asking: Asking) -> None:
    await asking.parts.state.ask("FLUSHALL")
    with pytest.raises(errors.MemoryEmptied):
        await asking("deploy 3f2a1b9")
    shown = await asking("memory")
    assert isinstance(shown, MemoryShown)
    assert (shown.emptied, shown.failed) == (True, True)
    text, offers = reply_text(shown, Format(slack=False))
    assert "It was emptied, or is another one than before." in text
    assert [offer.command for offer in offers] == ["memory accept"]
    assert isinstance(await asking("memory accept"), Accepted)
    newest, *_ = await asking.parts.world.memory.audit.since(0)
    assert (newest.what, newest.outcome, newest.actor.id) == ("memory accept", "accepted", ANA.id)
    assert isinstance(await asking("deploy 3f2a1b9"), Started)


async def test_the_channels_hear_once_that_it_was_emptied(asking: Asking) -> None:
    recovery, state = asking.parts.engine.recovery, asking.parts.state
    await recovery.watch(())
    before = state.epoch.newest
    await state.ask("FLUSHALL")
    for _ in range(2):
        await recovery.watch(())
    assert [codec.load(Emptied, each) for each in await news(asking, EMPTIED)] == [Emptied(before)]


async def test_a_deploy_that_the_memory_lost_is_found_by_its_marks(asking: Asking, outside: World) -> None:
    app = outside.coolify.apps["app"]
    outside.github.deployments.add("e" * 40, {"ref": "main", "description": "fisk d-lost22"})
    deployment = outside.coolify.queue.add(app, "e02d8aa" + "0" * 33)
    await another_master(asking)
    assert isinstance(await asking("deploy 3f2a1b9"), Started)
    (told,) = [codec.load(Found, each) for each in await news(asking, FOUND)]
    assert told.resource == Resource("app", "app")
    assert told.findings == (
        (
            f"Coolify has a deployment of e02d8aa to app ({deployment.status}, {deployment.page})"
            " that no operation in fisk's memory asked for."
        ),
        "GitHub's deployments page names d-lost22, a deploy to app that fisk's memory has lost.",
    )


async def test_a_target_whose_systems_cannot_be_asked_stays_closed_but_for_break_glass(
    asking: Asking, outside: World
) -> None:
    await another_master(asking)
    outside.coolify.faults.queue("GET /api/v1/deployments/applications/*", status=500, times=100)
    with pytest.raises(errors.NotCompared) as caught:
        await asking("deploy 3f2a1b9")
    assert str(caught.value) == (
        "Not started: fisk's memory has another master than before, and what really runs in app could not be compared"
        " with what fisk remembers: Coolify answers 500."
    )
    assert isinstance(await asking("deploy 3f2a1b9 --break-glass it-burns", policy=EVERYTHING), Started)


async def test_it_is_compared_once_for_each_master(asking: Asking, outside: World) -> None:
    await another_master(asking)
    compare = asking.parts.engine.recovery.require_open
    await compare(an_operation("app:app"))
    asked = len(outside.coolify.received)
    await compare(an_operation("app:app"))
    assert len(outside.coolify.received) == asked


async def test_a_builder_that_was_started_without_an_operation_is_found(
    asking: Asking, outside: World
) -> None:
    await another_master(asking)
    outside.hosts.buildkit.started = time.time()
    await asking.parts.engine.recovery.require_open(an_operation("buildkit:vps01"))
    (told,) = [codec.load(Found, each) for each in await news(asking, FOUND)]
    assert told.findings == (
        "BuildKit's container on vps01 was started lately, and no operation in fisk's memory did that.",
    )
