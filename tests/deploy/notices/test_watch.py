"""Polling for builds: finds what webhooks missed, once, without counted requests while nothing changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.notices.store import Rules
from sandbox import story
from tests.deploy.conftest import journal, outside, play, state
from tests.deploy.notices.watching import BUSY, IDLE, Looking, hear, looking
from tests.worlds import with_targets

if TYPE_CHECKING:
    from deploy.redis.connect import State
    from sandbox.world import World as Sandbox
    from tests.deploy.play import Play

__all__ = ["journal", "looking", "outside", "play", "state"]


RUNS = f"/repos/{story.REPOSITORY}/actions/workflows/{story.WORKFLOW}/runs"


@pytest.fixture
def another(play: Play, state: State) -> Looking:
    return Looking(play.world, state, "r2")


def calls(outside: Sandbox) -> int:
    """How many calls GitHub has counted."""
    return outside.github.allowance.window(outside.github.token).used


async def test_history_is_no_news_and_what_runs_is(looking: Looking) -> None:
    assert await looking.watch.look() == IDLE
    building = await looking.build(story.BUILDING)
    assert await looking.messages() == [f"{building.id}.1"]
    assert await looking.watch.look() == BUSY


async def test_what_ends_after_the_first_look_is_found(looking: Looking, outside: Sandbox) -> None:
    await looking.watch.look()
    await looking.messages()
    outside.clock.skip(3600)
    await looking.watch.look()
    building = await looking.build(story.BUILDING)
    assert (building.over, await looking.messages()) == (True, [f"{building.id}.1"])
    assert await looking.watch.look() == IDLE


async def test_looking_costs_nothing_while_nothing_changes(looking: Looking, outside: Sandbox) -> None:
    await looking.watch.look()
    before = calls(outside)
    for _ in range(50):
        await looking.watch.look()
    assert (outside.github.asked(f"GET {RUNS}"), calls(outside) - before) == (51, 0)


async def test_where_nobody_listens_nobody_looks(play: Play, state: State, outside: Sandbox) -> None:
    nobody = Looking(play.world, state, rules={"C0DEPLOYS": "off"})
    assert await nobody.watch.look() == IDLE
    assert outside.github.received == []


async def test_whoever_begins_to_listen_hears_no_history(play: Play, state: State, outside: Sandbox) -> None:
    nobody = Looking(play.world, state, rules={})
    await nobody.watch.look()
    outside.clock.skip(3600)
    await play.world.memory.stores.of(Rules).set("C0DEPLOYS", "all")
    await state.ask(
        "SET", state.key("watching"), await state.now() + 60
    )  # a minute has passed since its build ended
    await nobody.watch.look()
    assert await nobody.messages() == []


async def test_one_replica_looks_at_a_time_and_another_takes_over(
    looking: Looking, another: Looking, state: State, outside: Sandbox
) -> None:
    await looking.watch.look()
    await another.watch.look()
    assert outside.github.asked(f"GET {RUNS}") == 1
    await state.ask("DEL", state.key("mutex:watch"))  # the first one fell silent
    await another.watch.look()
    assert outside.github.asked(f"GET {RUNS}") == 2
    assert len(await another.messages()) == 1


async def test_a_replica_that_stops_lets_another_look_at_once(
    looking: Looking, another: Looking, outside: Sandbox
) -> None:
    await looking.watch.look()
    await looking.watch.rest()
    await another.watch.look()
    assert outside.github.asked(f"GET {RUNS}") == 2


async def test_what_a_webhook_told_is_not_found_again(looking: Looking, outside: Sandbox) -> None:
    assert await hear(looking, outside) == "news"
    await looking.watch.look()
    assert len(await looking.messages()) == 1


async def test_a_rerun_is_a_build_of_its_own(looking: Looking, outside: Sandbox) -> None:
    await looking.watch.look()
    await looking.messages()
    run = next(run for run in outside.github.runs.all if run.commit.sha == story.BUILD_FAILED)
    outside.clock.skip(3600)
    outside.github.runs.rerun(run, story.ANA)
    outside.clock.skip(60)
    await looking.watch.look()
    assert f"{run.id}.2" in await looking.messages()


async def test_a_pull_request_of_a_fork_whose_branch_is_main_is_not_told(
    looking: Looking, outside: Sandbox
) -> None:
    run = next(run for run in outside.github.runs.all if run.commit.sha == story.BUILDING)
    run.event = "pull_request"
    await looking.watch.look()
    assert await looking.messages() == []


async def test_a_run_that_was_deleted_is_told_as_gone(looking: Looking, outside: Sandbox) -> None:
    await looking.watch.look()
    building = await looking.build(story.BUILDING)
    await looking.messages()
    outside.github.runs.all = [run for run in outside.github.runs.all if run.id != building.id]
    await looking.notices.look_again(building.id, 1.0)
    await looking.watch.look()
    known = await looking.notices.known(building.id)
    assert known is not None
    assert (known.over, known.conclusion) == (True, "deleted")
    assert await looking.messages() == [f"{building.id}.1"]
    assert await looking.watch.look() == IDLE


async def test_a_build_beyond_the_newest_is_looked_after_until_its_end(
    looking: Looking, outside: Sandbox
) -> None:
    await looking.watch.look()
    building = await looking.build(story.BUILDING)
    for number in range(1000):
        outside.github.push(f"Commit {number}", built=story.Built(minutes=1))
    outside.clock.skip(0)
    await looking.watch.look()
    outside.clock.skip(9 * 60)
    await looking.messages()
    await looking.notices.look_again(building.id, 1.0)
    await looking.watch.look()
    assert f"{building.id}.1" in await looking.messages()
    known = await looking.notices.known(building.id)
    assert known is not None
    assert known.conclusion == "success"


async def test_what_is_still_the_same_is_told_anew_when_it_is_time(looking: Looking) -> None:
    """It may be slow by now, or its image there at last: whoever tells it finds out."""
    await looking.watch.look()
    building = await looking.build(story.BUILDING)
    await looking.messages()
    await looking.notices.look_again(building.id, 1.0)
    await looking.watch.look()
    assert await looking.messages() == [f"{building.id}.1"]
    assert await looking.notices.due() == ()


async def test_what_is_forgotten_is_looked_after_no_more(looking: Looking) -> None:
    await looking.notices.look_again(4711, 1.0)
    await looking.watch.look()
    assert await looking.notices.due() == ()


@pytest.mark.parametrize("status", [403, 429])
async def test_where_github_asks_for_patience_it_gets_it(
    looking: Looking, outside: Sandbox, status: int
) -> None:
    outside.github.throttle(status=status, retry_after=77)
    with pytest.raises(errors.RateLimited):
        await looking.watch.look()
    outside.github.throttle(status=status, retry_after=77)
    assert await looking.watch._pause() == 77


@pytest.mark.parametrize("status", [404, 500, 502])
async def test_where_github_fails_the_next_look_finds_it(
    looking: Looking, outside: Sandbox, status: int
) -> None:
    outside.github.faults.queue("GET *", status=status, times=3)
    assert await looking.watch._pause() == IDLE
    outside.github.faults.clear()
    await looking.watch.look()
    assert len(await looking.messages()) == 1


async def test_a_workflow_that_is_gone_hides_no_build_of_the_others(
    play: Play, state: State, outside: Sandbox
) -> None:
    gone = replace(play.world.targets.named("staging"), name="gone", workflow="gone.yml")
    looking = Looking(with_targets(play.world, gone), state)
    assert await looking.watch.look() == IDLE
    building = await looking.build(story.BUILDING)
    assert await looking.messages() == [f"{building.id}.1"]
    assert outside.github.asked(f"GET {RUNS.replace(story.WORKFLOW, 'gone.yml')}") == 1


async def test_a_run_that_github_cannot_tell_holds_up_no_other(looking: Looking, outside: Sandbox) -> None:
    other = outside.github.push("Wait for it").sha
    outside.clock.skip(60)
    await looking.watch.look()
    await looking.messages()
    bad, good = await looking.build(story.BUILDING), await looking.build(other)
    outside.github.faults.queue(f"GET */actions/runs/{bad.id}", status=500, times=9)
    await looking.notices.look_again(bad.id, 1.0)
    await looking.notices.look_again(good.id, 2.0)
    await looking.watch.look()
    assert await looking.messages() == [f"{good.id}.1"]
    assert await looking.notices.due() == (bad.id,)
