"""buildkit prune: what is freed is told by the cache itself, and nobody's build loses what it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.buildkit.offers import pruning
from deploy.buildkit.outcomes import BuildKitPruned
from deploy.core.outcomes import Cancelled, Failed, Refused
from deploy.engine.engine import Suspended
from sandbox.buildkitd import Cache
from sandbox.output import Output
from tests.deploy.play import TIMEOUTS, Play, code
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.redis.connect import State
    from sandbox.world import World as Sandbox

BEFORE, KEEP = 31_470_000_000, 20 * 10**9
PRUNED = BuildKitPruned("vps01", BEFORE, KEEP, KEEP)
BUILDCTL = "docker exec buildkitd buildctl --addr tcp://127.0.0.1:1234"
PRUNE = f"{BUILDCTL} prune"


def prunes(play: Play) -> list[tuple[str, ...]]:
    return [words for words in play.outside.hosts.vps01.received if "prune" in words]


async def test_what_no_build_uses_is_thrown_away_down_to_what_is_to_stay(
    play: Play, idle: Callable[[], None]
) -> None:
    idle()
    assert await play.on_buildkit("prune") == PRUNED
    assert prunes(play) == [(*BUILDCTL.split(), "prune", "--keep-storage", "20000")]
    assert play.outside.hosts.buildkit.cache.total == KEEP


async def test_what_builds_still_use_stays(play: Play, idle: Callable[[], None]) -> None:
    idle()
    outcome = await play.on_buildkit("prune", keep=0)
    assert outcome == BuildKitPruned("vps01", BEFORE, BEFORE - 11_920_000_000, 0)


async def test_a_cache_that_is_small_enough_is_left_alone(play: Play, idle: Callable[[], None]) -> None:
    idle()
    play.outside.hosts.buildkit.cache = small = Cache(12 * 10**9, 12 * 10**9)
    await play.outside.hosts.vps01.run(["docker", "restart", "buildkitd"])
    await play.until(lambda: play.outside.hosts.buildkit.process)
    await until(lambda: _answers(play))
    assert await play.on_buildkit("prune") == BuildKitPruned("vps01", small.total, small.total, KEEP)
    assert prunes(play) == []


async def _answers(play: Play) -> bool:
    assert play.world.systems.buildkit is not None
    return (await play.world.systems.buildkit.answer()).answers


# --- builds on it


async def test_while_a_build_runs_nothing_is_pruned(play: Play) -> None:
    outcome = await play.on_buildkit("prune")
    assert isinstance(outcome, Refused)
    assert outcome.error.sentence == (
        "Not started: 1 build (9c41d07) on vps01 may need what would be pruned."
    )
    assert outcome.error.offers == (pruning(20 * 10**9, "Prune all the same"),)
    assert prunes(play) == []


async def test_by_force_it_is_and_without_github_too(play: Play) -> None:
    play.outside.github.faults.queue("GET */runs", status=500, times=9)
    assert await play.on_buildkit("prune", force=True) == PRUNED


async def test_without_github_nobody_knows_whether_a_build_runs(play: Play) -> None:
    play.outside.github.faults.queue("GET */runs", status=500, times=9)
    assert code(await play.on_buildkit("prune")) == "cache_use_unknown"


async def test_when_idle_waits_for_the_build(play: Play, idle: Callable[[], None]) -> None:
    operation = await play.begin_on_buildkit("prune", when_idle=True)

    async def busy() -> bool:
        return "1 build (9c41d07) on it; fisk starts no new one meanwhile" in await play.said(operation)

    await until(busy)
    assert prunes(play) == []
    idle()
    assert await play.end(operation) == PRUNED


async def test_waiting_for_idle_can_be_cancelled(play: Play) -> None:
    play.journal.cancel_at = "wait until idle"
    assert isinstance(await play.on_buildkit("prune", when_idle=True), Cancelled)
    assert prunes(play) == []


async def test_once_begun_a_cancel_does_not_hide_what_was_freed(play: Play) -> None:
    play.journal.cancel_at = "prune"
    assert await play.on_buildkit("prune", force=True) == PRUNED


# --- what goes wrong in the middle


async def test_a_runner_that_died_between_the_prune_and_its_journal_tells_all_that_was_freed(
    play: Play,
) -> None:
    """Another one goes on, and finds the cache as small as it is to be."""

    def die() -> None:
        raise Suspended("the power went")

    play.journal.before_keeping["prune"] = die
    assert await play.on_buildkit("prune", force=True) == PRUNED
    assert len(prunes(play)) == 1


async def test_a_connection_that_breaks_in_the_middle_hides_nothing_and_prunes_once(play: Play) -> None:
    play.outside.hosts.vps01.trouble(PRUNE, instead=f"{PRUNE} --keep-storage 20000", hang_up=True)
    assert await play.on_buildkit("prune", force=True) == PRUNED
    assert len(prunes(play)) == 1


async def test_what_docker_says_no_to_is_told_as_it_says_it(play: Play) -> None:
    play.outside.hosts.vps01.trouble(
        PRUNE, Output("", "error: failed to prune: no space left on device\n", 1)
    )
    outcome = await play.on_buildkit("prune", force=True)
    assert isinstance(outcome, Failed), outcome
    assert outcome.error.sentence.endswith("failed (1): error: failed to prune: no space left on device.")


async def test_a_stopped_builder_has_nothing_that_could_be_measured(play: Play) -> None:
    await play.outside.hosts.vps01.docker.stop("buildkitd")
    outcome = await play.on_buildkit("prune", force=True)
    assert "is not running" in outcome.error.sentence  # type: ignore[attr-defined]


async def test_a_cache_without_a_size_is_not_pruned(play: Play) -> None:
    play.outside.hosts.vps01.trouble(f"{BUILDCTL} du", Output("Total:\tlots\n"))
    outcome = await play.on_buildkit("prune", force=True)
    assert "buildctl tells no size of its cache" in outcome.error.sentence  # type: ignore[attr-defined]
    assert prunes(play) == []


@pytest.mark.parametrize("kind", ["restart", "prune"])
async def test_a_prune_and_whatever_else_is_done_to_buildkit_one_wins(
    outside: Sandbox, state: State, kind: str
) -> None:
    play = Play(outside, state, timeouts=replace(TIMEOUTS, poll=0.02))
    operation = await play.begin_on_buildkit("prune", when_idle=True)
    with pytest.raises(Exception, match=operation.id):
        await play.begin_on_buildkit(kind, force=True)
    await play.journal.cancel(operation.id, operation.actor)
    assert isinstance(await play.end(operation), Cancelled)
    await play.close()
