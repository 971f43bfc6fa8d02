"""replicas: which bots are alive, and what each runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from commands.replicas import ReplicasTable
from deploy.core.cancelling import end
from deploy.core.signing import FORMAT
from deploy.engine.replicas import Replica, Replicas
from tests.deploy.conftest import an_operation
from tests.waiting import until

if TYPE_CHECKING:
    from tests.commands.conftest import Asking


async def table(asking: Asking) -> ReplicasTable:
    reply = await asking("replicas")
    assert isinstance(reply, ReplicasTable)
    return reply


async def test_a_bot_is_listed_while_it_works_and_no_longer(asking: Asking) -> None:
    replicas = Replicas(asking.parts.state)
    working = asyncio.create_task(replicas.work("vps01:1:a", "0.1.0"))

    async def listed() -> bool:
        return bool(await replicas.alive())

    await until(listed)
    (replica,) = (await table(asking)).replicas
    assert (replica.runner, replica.version) == ("vps01:1:a", "0.1.0")
    await end([working])
    assert (await table(asking)).replicas == ()


async def test_the_oldest_is_first_and_each_has_what_it_runs(asking: Asking) -> None:
    replicas, journal = Replicas(asking.parts.state), asking.parts.world.memory.journal
    old, new = Replica("vps02:2:b", "0.1.0", 1), Replica("vps01:1:a", "0.1.0", 2)
    for each in (new, old):
        await replicas.beat(each)
    operation = an_operation()
    await journal.start(operation, runner=new.runner)
    found = await table(asking)
    assert found.replicas == (old, new)
    assert [(each.operation.id, each.runner) for each in found.running] == [(operation.id, new.runner)]


async def test_a_sign_that_expired_or_that_fisk_did_not_give_counts_for_nothing(asking: Asking) -> None:
    state = asking.parts.state
    replicas = Replicas(state)
    for runner in ("gone:1:a", "forged:2:b"):
        await replicas.beat(Replica(runner, "0.1.0", 1))
    await state.ask("DEL", state.key("replica:gone:1:a"))
    forged = await state.ask("GET", state.key("replica:forged:2:b"))
    await state.ask("SET", state.key("replica:forged:2:b"), f"{forged} ", "EX", 15)
    assert (await table(asking)).replicas == ()


async def test_a_newer_bot_is_alive_though_its_sign_cannot_be_read(asking: Asking) -> None:
    state = asking.parts.state
    state.signer.version = FORMAT + 1
    await Replicas(state).beat(Replica("newer:1:a", "9.0.0", 1))
    state.signer.version = FORMAT
    assert (await table(asking)).replicas == (Replica("newer:1:a"),)
