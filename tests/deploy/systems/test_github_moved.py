"""A repository that was renamed: reads follow it, acts are told as not done, and its new name is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.core.github_model import Repository
from sandbox import story
from sandbox.github.payloads import REPOSITORY_ID

if TYPE_CHECKING:
    from deploy.systems.github import GitHub
    from sandbox.world import World
    from tests.deploy.systems.conftest import Clients

ACTS: dict[str, Callable[[GitHub, int], Awaitable[object]]] = {
    "rerun": lambda it, run: it.rerun(run),
    "cancel": lambda it, run: it.cancel(run),
    "start": lambda it, _: it.dispatch(story.WORKFLOW, "main", {}),
    "deployment": lambda it, _: it.create_deployment(story.BUILT, "production", "fisk", production=True),
}


async def test_reads_follow_it_and_its_new_name_is_known(clients: Clients, world: World) -> None:
    hub = clients.github()
    before = await hub.commit("main")
    assert await hub.new_name() == ""
    new = world.github.rename()
    assert await hub.commit("main") == before.__class__(
        **{each: getattr(before, each) for each in before.__slots__}
        | {"url": before.url.replace(story.REPOSITORY, new)}
    )
    assert (await hub.builds(story.WORKFLOW, sha=story.BUILT))[0].conclusion == "success"
    assert await hub.new_name() == new
    assert await hub.identity() == Repository(REPOSITORY_ID, new, "main")


async def test_what_did_not_change_costs_no_call_after_it_either(clients: Clients, world: World) -> None:
    hub = clients.github()
    world.github.rename()
    await hub.commit(story.BUILT)
    left = hub.calls_left
    await hub.commit(story.BUILT)
    assert left is not None
    assert hub.calls_left == (left[0] - 1, left[1]), "the redirect counts, the answer does not"


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
async def test_an_act_is_told_as_not_done(
    clients: Clients, world: World, act: Callable[[GitHub, int], Awaitable[object]]
) -> None:
    new = world.github.rename()
    run = next(run for run in world.github.runs.all if run.commit.sha == story.BUILT)
    runs = len(world.github.runs.all)
    with pytest.raises(errors.RepositoryMoved) as raised:
        await act(clients.github(), run.id)
    assert raised.value.failure.sentence == f"GitHub did nothing: Wandeon/FiskAI has moved to {new}."
    assert raised.value.failure.hint == (
        f"Set FISK_GITHUB_REPOSITORY to {new} and restart fisk; until then fisk only reads."
    )
    assert (len(world.github.runs.all), len(run.attempts), world.github.deployments.all) == (runs, 1, [])


async def test_the_act_is_not_done_though_nobody_says_its_new_name(clients: Clients, world: World) -> None:
    world.github.rename()
    world.github.faults.queue("GET *", status=500, times=9)
    with pytest.raises(errors.RepositoryMoved, match="has moved to its new name"):
        await clients.github().cancel(7)
