"""The way back has more patience than the way there, and says what it waits for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from deploy.deploys.outcomes import NotPutBack
from deploy.world import Targets
from sandbox import story
from tests.deploy.play import APP, TIMEOUTS, Play, deployed, put_back

SET_TO_OLD = (story.RUNS, story.RUNS)
TRIGGER = "POST /api/v1/deploy"
LOOK = "GET /api/v1/deployments/*"
FAULTS: dict[str, dict[str, Any]] = {
    "500": {"status": 500},
    "dropped": {"drop": True},
    "throttled": {"status": 429, "headers": {"Retry-After": "1"}},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_fault_that_passes_is_waited_for_while_the_old_image_is_set_again(
    play: Play, fault: dict[str, Any]
) -> None:
    play.journal.at["put back"] = lambda: play.outside.coolify.faults.queue(f"PATCH {APP}", times=8, **fault)
    error, outcome = put_back(await play.deploy(story.SICK))
    assert (error, outcome.sha, play.set_to) == ("deployment_failed", story.RUNS, SET_TO_OLD)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_fault_that_passes_is_waited_for_while_the_old_image_is_deployed_again(
    play: Play, fault: dict[str, Any]
) -> None:
    play.app.columns["health_check_enabled"] = False
    play.journal.at["trigger again"] = lambda: play.outside.coolify.faults.queue(TRIGGER, times=8, **fault)
    error, outcome = put_back(await play.deploy(story.SICK))
    assert (error, outcome.redeployed, play.runs, play.set_to) == (
        "unhealthy",
        True,
        story.RUNS,
        SET_TO_OLD,
    )


async def test_what_the_way_back_waits_for_is_told(play: Play) -> None:
    play.journal.at["put back"] = lambda: play.outside.coolify.faults.queue(
        f"PATCH {APP}", status=500, times=8
    )
    operation = await play.begin("deploy", target="app", ref=story.SICK)
    put_back(await play.end(operation))
    assert "Coolify answers 500." in await play.said(operation)


async def test_a_limit_is_kept_as_long_as_coolify_asks_for(play: Play) -> None:
    limit = {"status": 429, "headers": {"Retry-After": "1"}}
    play.journal.at["put back"] = lambda: play.outside.coolify.faults.queue(f"PATCH {APP}", times=3, **limit)
    operation = await play.begin("deploy", target="app", ref=story.SICK)
    put_back(await play.end(operation))
    told = "Coolify asks fisk to slow down for 1 s. Tried again in 1 s."
    assert told in await play.said(operation)


async def test_a_way_back_that_never_passes_gives_up_after_the_time_for_a_deploy(play: Play) -> None:
    play.world = replace(play.world, timeouts=replace(TIMEOUTS, deploy_within=1))
    play.engine = play.another_engine("hurried")
    play.journal.at["put back"] = lambda: play.outside.coolify.faults.queue(
        f"PATCH {APP}", status=500, times=9_999
    )
    outcome = await play.deploy(story.SICK)
    assert isinstance(outcome, NotPutBack)
    assert (outcome.why.code, outcome.runs, outcome.set_to) == ("coolify_server_fault", story.RUNS, "e02d8aa")


@pytest.mark.parametrize("looks", [1, 10])
async def test_a_look_that_fails_undoes_no_good_deploy(play: Play, looks: int) -> None:
    """Also the first one after the trigger."""

    def silent(match: str) -> Callable[[], object]:
        return lambda: play.outside.coolify.faults.queue(match, status=500, times=looks)

    play.journal.at = {"trigger": silent(LOOK), "watch": silent(LOOK)}
    assert deployed(await play.deploy(story.BUILT)).sha == story.BUILT
    assert (play.runs, play.app.deploys) == (story.BUILT, 1)


async def test_a_trigger_that_was_refused_triggered_nothing_and_is_told_so(play: Play) -> None:
    play.app.may_deploy = False
    operation = await play.begin("deploy", target="app", ref=story.BUILT)
    error, outcome = put_back(await play.end(operation))
    events = await play.journal.events(operation.id)
    notes = {event.step: event.note for event in events if event.event == "step_finished"}
    assert (error, notes["stop"]) == ("coolify_missing_ability", "nothing was triggered")
    assert (outcome.redeployed, play.runs, play.set_to) == (False, story.RUNS, SET_TO_OLD)


async def test_where_no_host_says_what_runs_a_put_back_does_not_claim_it(play: Play) -> None:
    """Somebody stopped the container by hand, which Coolify's log does not know."""
    targets = Targets(replace(each, host="") for each in play.world.targets.values())
    play.world = replace(play.world, targets=targets)
    play.engine = play.another_engine("blind")
    play.outside.host.running.pop("app")
    error, outcome = put_back(await play.deploy(story.SICK))
    assert (error, outcome.healthy, outcome.unproven) == (
        "deployment_failed",
        False,
        "fisk.toml names no host for app",
    )


async def test_where_the_host_says_what_runs_a_put_back_is_proven(play: Play) -> None:
    _, outcome = put_back(await play.deploy(story.SICK))
    assert outcome.unproven == ""


async def test_a_full_queue_is_told_in_coolifys_own_words(play: Play) -> None:
    play.outside.coolify.queue.limit = 0
    error, outcome = put_back(await play.deploy(story.BUILT))
    assert (error, outcome.error.sentence) == (
        "coolify_queue_full",
        (
            "Coolify takes no deployment now: Deployment queue is full."
            " Please wait for existing deployments to complete."
        ),
    )
    assert (play.runs, play.set_to) == (story.RUNS, SET_TO_OLD)


async def test_a_coolify_that_cannot_cancel_is_told_as_such_with_what_will_happen(play: Play) -> None:
    play.outside.coolify.version = "4.0.0-beta.435"
    play.journal.cancel_at = "watch"
    operation = await play.begin("deploy", target="app", ref=story.BUILT)
    error, outcome = put_back(await play.end(operation))
    assert (error, outcome.redeployed, play.runs, play.set_to) == ("cancelled", True, story.RUNS, SET_TO_OLD)
    told = (
        "Coolify 4.0.0-beta.435 cannot cancel a deployment: it goes on to its end,"
        " and then what ran before is put back"
    )
    assert told in await play.said(operation)
