from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.core.model import Release, Resource
from deploy.core.outcomes import Completed
from deploy.engine.history import History
from deploy.kinds import KINDS
from tests.deploy.conftest import ANA, an_operation

if TYPE_CHECKING:
    from deploy.engine.journal import Journal
    from deploy.redis.connect import State


async def test_finished_operations_come_newest_first_and_by_resource(journal: Journal, state: State) -> None:
    operations = [an_operation("app:app"), an_operation("app:staging"), an_operation("app:app")]
    for operation in operations:
        lease = await journal.start(operation, runner="r1")
        assert lease
        await journal.finish(lease, operation, Completed())
        await asyncio.sleep(0.002)  # history is ordered by the server's milliseconds
    history = History(state, KINDS)

    async def found(resource: Resource | None = None, limit: int = 10) -> list[str]:
        return [snapshot.operation.id for snapshot in await history.operations(resource, limit)]

    ids = [operation.id for operation in operations]
    assert await found() == [ids[2], ids[1], ids[0]]
    assert await found(Resource("app", "app")) == [ids[2], ids[0]]
    assert await found(limit=1) == [ids[2]]
    assert await found(Resource("app", "none")) == []


async def test_a_record_that_cannot_be_read_hides_no_other_one(journal: Journal, state: State) -> None:
    for operation in (an_operation(id_="d-old"), an_operation(id_="d-new")):
        lease = await journal.start(operation, runner="r1")
        assert lease
        await journal.finish(lease, operation, Completed())
    await state.ask("HSET", state.key("op:d-new"), "outcome", '{"outcome":"from a newer fisk"}')
    assert [snapshot.operation.id for snapshot in await History(state, KINDS).operations()] == ["d-old"]


async def test_releases_come_newest_first_once_for_each_operation(state: State) -> None:
    history = History(state, KINDS)
    first = Release("app", "a" * 40, "a" * 40, "sha256:1", 1.0, "d-1", ANA)
    second = replace(first, sha="b" * 40, at=2.0, operation="d-2", proof="digest")
    await history.add_release(first)
    await history.add_release(second)
    await history.add_release(replace(second, at=3.0))
    assert await history.releases("app") == (second, first)
    assert await history.releases("staging") == ()
