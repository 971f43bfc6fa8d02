"""A deployment that hangs in Coolify: a rollback goes past it, once somebody said so."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from deploy.core.model import Dialog, Failure, Offer
from deploy.core.outcomes import Failed, Refused
from deploy.deploys.outcomes import Deployed
from deploy.engine.journal import Lost
from sandbox import story
from sandbox.coolify.deployments import Deployment
from tests.deploy.play import TIMEOUTS, Play

MINUTE = 60.0


async def hanging(play: Play, minutes: float = 42) -> Deployment:
    """Somebody's deployment past fisk, of which nothing was heard for so long; there is a release to go back to."""
    assert isinstance(await play.deploy(story.BUILT), Deployed)
    queue = play.outside.coolify.queue
    for row in queue.rows:
        row.created, row.updated = row.created - 60 * MINUTE, row.updated - 60 * MINUTE
    queue.freeze()
    row = begun(play)
    await play.until(lambda: row.claimed)
    row.created = row.updated = row.created - minutes * MINUTE
    return row


def begun(play: Play) -> Deployment:
    row = play.outside.coolify.queue.ask(play.app, "HEAD", force=True).deployment
    assert row is not None
    return row


def refused(outcome: object) -> Failure:
    assert isinstance(outcome, Refused)
    return outcome.error


def failed(outcome: object) -> tuple[Failure, tuple[str, ...]]:
    """What went wrong, and what was begun."""
    assert isinstance(outcome, Failed)
    return outcome.error, outcome.acted


async def test_a_rollback_says_how_long_it_is_silent_and_asks(play: Play) -> None:
    row = await hanging(play)
    error = refused(await play.rollback())
    assert (error.code, row.status, play.app.deploys) == ("coolify_hangs", "queued", 2)
    assert error.sentence == (
        f"Coolify is already deploying app ({row.page}), with no sign of life for 42 min;"
        " finished ones took 1 min 35 s at most."
    )
    line = "rollback app a4c9e1f --force"
    assert error.hint == f"Go past it, which cancels it in Coolify: `/fisk {line}`."
    asks = Dialog(
        "Coolify's deployment shows no sign of life for 42 min. Cancel it, and go back to a4c9e1f?",
        "Roll back to a4c9e1f",
        "Let it run",
    )
    assert error.offers == (Offer("Cancel it and roll back", line, danger=True, asks=asks),)


async def test_once_somebody_said_so_it_is_cancelled_and_the_rollback_goes_on(play: Play) -> None:
    row = await hanging(play)
    play.journal.at["trigger"] = play.outside.coolify.queue.thaw
    operation = await play.begin("rollback", target="app", ref=story.RUNS, force=True)
    outcome = await play.end(operation)
    assert isinstance(outcome, Deployed)
    assert (outcome.sha, play.runs, row.status) == (story.RUNS, story.RUNS, "cancelled-by-user")
    events = await play.journal.events(operation.id)
    notes = {event.step: event.note for event in events if event.event == "step_finished"}
    assert notes["clear the way"] == f"cancelled {row.uuid} in Coolify"


async def test_another_one_that_begins_meanwhile_is_not_touched(play: Play) -> None:
    row, other = await hanging(play), list[Deployment]()
    play.journal.at["clear the way"] = lambda: other.append(begun(play))
    play.world = replace(play.world, timeouts=replace(TIMEOUTS, deploy_within=1))
    play.engine = play.another_engine("hurried")
    end = await play.end(await play.begin("rollback", target="app", ref=story.RUNS, force=True))
    error, acted = failed(end)
    assert acted == ("clear the way: Coolify",)
    assert error.sentence == (
        f"Coolify was asked to cancel {row.uuid}, but a deployment of the app is under way still."
    )
    assert [row.status, *(each.status for each in other)] == ["cancelled-by-user", "queued"]


@pytest.mark.parametrize("minutes", [0, 1.5])
async def test_one_that_shows_signs_of_life_goes_first(play: Play, minutes: float) -> None:
    row = await hanging(play, minutes)
    error = refused(await play.end(await play.begin("rollback", target="app", ref=story.RUNS, force=True)))
    assert error.code == "coolify_busy"
    assert error.hint == f"Roll back when it is over, or cancel it: `/fisk cancel {row.uuid}`."
    assert error.offers == (Offer("Cancel it in Coolify", f"cancel {row.uuid}"),)


async def test_a_clock_of_fisks_that_is_ahead_calls_no_deployment_silent(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Coolify's own clock tells how long ago it noted something."""
    await hanging(play, 0)
    ahead = SimpleNamespace(time=lambda: time.time() + 3600)
    monkeypatch.setattr("deploy.systems.coolify.api.time", ahead)
    assert refused(await play.rollback()).code == "coolify_busy"


async def test_a_runner_that_dies_once_it_cancelled_is_followed_by_one_that_goes_on(play: Play) -> None:
    row = await hanging(play)
    died = list[str]()

    def die() -> None:
        died.append(row.status)
        play.outside.coolify.queue.thaw()
        raise Lost("the runner is gone")

    play.journal.before_keeping["clear the way"] = die
    operation = await play.begin("rollback", target="app", ref=story.RUNS, force=True)
    assert isinstance(await play.end(operation), Deployed)
    assert (died, play.runs, row.status) == (["cancelled-by-user"], story.RUNS, "cancelled-by-user")


async def test_a_coolify_that_fails_meanwhile_is_told_with_what_it_was_asked(play: Play) -> None:
    row = await hanging(play)
    play.world = replace(play.world, timeouts=replace(TIMEOUTS, deploy_within=1))
    play.engine = play.another_engine("hurried")
    play.outside.coolify.faults.queue("POST /api/v1/deployments/*", status=500, times=9_999)
    end = await play.end(await play.begin("rollback", target="app", ref=story.RUNS, force=True))
    error, acted = failed(end)
    assert acted == ("clear the way: Coolify",)
    assert error.sentence.startswith(f"Coolify was asked to cancel {row.uuid}, but ")
    assert (row.status, play.runs) == ("queued", story.BUILT)


async def test_how_long_is_too_long_is_not_known_without_a_finished_one(play: Play) -> None:
    await hanging(play)
    for row in play.outside.coolify.queue.rows:
        row.status = "failed" if row.status == "finished" else row.status
    assert refused(await play.rollback()).code == "coolify_busy"


async def test_a_coolify_that_cannot_cancel_offers_no_way_past(play: Play) -> None:
    await hanging(play)
    play.outside.coolify.version = "4.0.0-beta.430"
    assert refused(await play.rollback()).code == "coolify_busy"


async def test_a_deploy_does_not_go_past_it(play: Play) -> None:
    await hanging(play)
    assert refused(await play.deploy(story.MULTI_ARCH, force=True)).code == "coolify_busy"
