"""The gates, status and where agree on what runs, whatever state the app is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.core.ask import Unknown
from deploy.core.model import HEAD, Running, short
from deploy.deploys import running, situation
from deploy.status.journey import journey
from deploy.status.overview import status
from sandbox import story
from sandbox.coolify.deployments import FAILED, FINISHED

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.deploy.play import Play

VERSION = "v1.4.0"


def pinned(_: Play) -> None:
    """As the story begins."""


def follows_latest(play: Play) -> None:
    """Every restart is kept under HEAD, and says nothing."""
    _set(play, "latest", HEAD)
    _only(play, HEAD)


def follows_latest_under_an_old_commit(play: Play) -> None:
    """The commit stayed set when somebody let it follow latest, so each restart repeats it."""
    _set(play, "latest", story.RUNS)
    _only(play, story.RUNS)


def follows_an_empty_tag(play: Play) -> None:
    _set(play, "", HEAD)
    _only(play, HEAD)


def changed_but_not_deployed(play: Play) -> None:
    _set(play, story.BUILT, story.BUILT)


def deployed_by_hand(play: Play) -> None:
    """Somebody set the tag in Coolify and deployed it: its commit is none of theirs."""
    _set(play, story.MULTI_ARCH, HEAD)
    _only(play, HEAD)


def set_to_a_version(play: Play) -> None:
    """A tag that is no commit, of an image whose label says which one it was built from."""
    registry = play.outside.registry
    registry.push(story.IMAGE, [VERSION], story.BUILT)
    _set(play, VERSION, HEAD)
    _only(play, HEAD)


def labelled_without_a_commit(play: Play) -> None:
    """The label says something, but names no commit."""
    play.outside.registry.push(story.IMAGE, [VERSION], "main-42")
    _set(play, VERSION, HEAD)
    _only(play, HEAD)


def set_to_nothing_that_exists(play: Play) -> None:
    _set(play, "v0", HEAD)
    _only(play, HEAD)


def nothing_finished(play: Play) -> None:
    play.outside.coolify.queue.rows.clear()


def failed_many_times_since(play: Play) -> None:
    """More deployments failed than Coolify lists on its first page, so what finished stands behind them."""
    _set(play, story.BUILT, story.BUILT)
    for _ in range(12):
        play.outside.coolify.queue.add(play.app, story.BUILT).status = FAILED


def _set(play: Play, tag: str, commit: str) -> None:
    play.app.columns |= {"docker_registry_image_tag": tag, "git_commit_sha": commit}


def _only(play: Play, commit: str) -> None:
    play.outside.coolify.queue.rows.clear()
    play.outside.coolify.queue.add(play.app, commit).status = FINISHED


STATES: list[tuple[Callable[[Play], None], str]] = [
    (pinned, story.RUNS),
    (follows_latest, story.BUILT),
    (follows_latest_under_an_old_commit, story.BUILT),
    (follows_an_empty_tag, story.BUILT),
    (changed_but_not_deployed, story.RUNS),
    (deployed_by_hand, story.MULTI_ARCH),
    (set_to_a_version, story.BUILT),
    (labelled_without_a_commit, ""),
    (set_to_nothing_that_exists, ""),
    (nothing_finished, story.RUNS),
    (failed_many_times_since, story.RUNS),
]


@pytest.mark.parametrize(("so", "runs"), STATES, ids=[state.__name__ for state, _ in STATES])
async def test_gates_rollback_status_and_where_tell_the_same(
    play: Play, so: Callable[[Play], None], runs: str
) -> None:
    so(play)
    world, target = play.world, play.world.targets.named("app")
    resolved = await situation.resolve(world, target, story.BUILT)
    told = {
        "gates": (await situation.gather(world, target, resolved)).running,
        "a rollback": (await situation.gather(world, target, resolved, going_back=True)).running,
        "redeploy": await running.what_runs(world, target),
        "status": (await status(world, target)).live.running,
        "where": (await journey(world, target, short(story.BUILT))).there[0].running,
    }
    rows = tuple(row.uuid for row in play.outside.coolify.queue.of(play.app))
    assert told == dict.fromkeys(told, Running(runs, play.app.tag, rows))


async def test_a_registry_that_is_silent_stops_the_gates_and_leaves_a_gap_in_status(play: Play) -> None:
    follows_latest(play)
    world, target = play.world, play.world.targets.named("app")
    play.outside.registry.faults.queue("*", status=503, times=99)
    live = (await status(world, target)).live.running
    assert not isinstance(live, Unknown)
    assert (live.sha, live.tag) == ("", "latest")
