"""Coolify's pitfalls, each by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from deploy.core.outcomes import Failed
from sandbox import story
from tests.deploy.play import APP, IMAGE, Play, deployed, put_back
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.core.model import Operation

TRIGGER = "POST /api/v1/deploy"


async def test_trap_the_phantom_deployment_id_is_never_believed(play: Play) -> None:
    """Somebody's deployment with the same key swallows ours; what it runs is our tag, so it counts once over."""
    queue = play.outside.coolify.queue

    def somebody_deploys() -> None:
        queue.freeze()
        queue.ask(play.app, play.app.commit)

    operation = await _while_it_triggers(play, somebody_deploys)
    await play.until(lambda: play.app.deploys == 2)
    queue.thaw()
    assert deployed(await play.end(operation)).sha == story.BUILT
    assert [row.status for row in queue.of(play.app)] == ["finished", "finished"]
    assert play.runs == story.BUILT


async def _while_it_triggers(play: Play, meanwhile: Callable[[], object]) -> Operation:
    """Begin a deploy during whose request to deploy something happens first."""
    coolify = play.outside.coolify
    operation_begun = await play.begin("deploy", target="app", ref=story.BUILT)
    play.journal.at["trigger"] = lambda: coolify.faults.queue(TRIGGER, delay=0.1)
    await play.until(lambda: coolify.asked(TRIGGER) == 2)  # the first one only asked what the token may do
    meanwhile()
    return operation_begun


async def test_trap_the_phantom_of_an_old_coolify_is_waited_for_and_asked_again(play: Play) -> None:
    """Before 4.1.0 every deployment has the same key, so one of the old tag swallows ours."""
    coolify = play.outside.coolify
    coolify.version = "4.0.0"

    def somebody_deploys() -> None:
        coolify.queue.freeze()
        coolify.queue.ask(play.app, "HEAD")

    play.journal.at["point"] = somebody_deploys
    operation = await play.begin("deploy", target="app", ref=story.BUILT)
    await play.until(lambda: play.app.deploys == 2)
    coolify.queue.thaw()
    assert deployed(await play.end(operation)).sha == story.BUILT
    assert [row.commit for row in coolify.queue.of(play.app)] == ["HEAD", "HEAD", story.RUNS]
    assert "Coolify: another deployment of the app goes first" in await play.said(operation)


async def test_trap_a_phantom_for_ever_is_never_queued(play: Play) -> None:
    body = {
        "deployments": [{"message": "queued", "resource_uuid": play.app.uuid, "deployment_uuid": "nobody"}]
    }

    def swallow() -> None:
        play.outside.coolify.faults.queue(TRIGGER, status=200, body=json.dumps(body), times=9)

    play.journal.at["trigger"] = swallow
    error, outcome = put_back(await play.deploy(story.BUILT))
    assert (error, outcome.redeployed, play.set_to) == ("never_queued", False, (story.RUNS, story.RUNS))


async def test_trap_the_late_bound_tag_makes_an_older_deployment_run_ours(play: Play) -> None:
    """The tag is read when a job runs: ours is watched to its own end, behind the one that was there."""
    queue = play.outside.coolify.queue

    def somebody_deploys() -> None:
        queue.freeze()
        queue.ask(play.app, story.RUNS)

    play.journal.at["point"] = somebody_deploys
    operation = await play.begin("deploy", target="app", ref=story.BUILT)
    await play.reached(operation, "watch")
    queue.thaw()
    assert deployed(await play.end(operation)).sha == story.BUILT
    ours, theirs, _ = queue.of(play.app)
    assert (ours.commit, ours.status, theirs.commit) == (story.BUILT, "finished", story.RUNS)
    watched = (await play.journal.load(operation.id)).results["watch"]
    assert json.loads(watched)["deployment"]["uuid"] == ours.uuid


async def test_trap_the_bad_tag_left_after_a_failed_health_check_is_put_back(play: Play) -> None:
    error, outcome = put_back(await play.deploy(story.SICK))
    assert (error, outcome.sha, outcome.healthy, outcome.redeployed) == (
        "deployment_failed",
        story.RUNS,
        True,
        False,
    )
    assert (play.runs, play.set_to, play.app.deploys) == (story.RUNS, (story.RUNS, story.RUNS), 1)


async def test_trap_a_failure_that_is_200_is_a_failure(play: Play) -> None:
    play.app.may_deploy = False
    error, outcome = put_back(await play.deploy(story.BUILT))
    assert error == "coolify_missing_ability"
    assert "Unauthorized to deploy this application" in outcome.error.sentence
    assert (play.set_to, play.app.deploys) == ((story.RUNS, story.RUNS), 0)


async def test_trap_403_with_success_true_is_a_refusal(play: Play) -> None:
    play.outside.coolify.access.api_enabled = False
    outcome = await play.deploy(story.BUILT)
    assert isinstance(outcome, Failed)
    assert outcome.error.sentence == "Coolify does not let fisk's token do that: API is disabled."


@pytest.mark.parametrize("said", ["The tag is odd.", ["The tag is odd."]], ids=["a string", "a list"])
async def test_trap_errors_come_as_a_string_or_a_list(play: Play, said: object) -> None:
    body = {"message": "Validation failed.", "errors": {"docker_registry_image_tag": said}}

    def refuse() -> None:
        play.outside.coolify.faults.queue(f"PATCH {APP}", status=422, body=json.dumps(body), times=3)

    play.journal.at["point"] = refuse
    error, outcome = put_back(await play.deploy(story.BUILT))
    assert error == "coolify_rejected"
    assert "The tag is odd." in outcome.error.sentence


@pytest.mark.parametrize("version", ["4.0.0-beta.420", "4.0.0-beta.443", "4.0.0-beta.445", "4.1.2", "4.3.11"])
async def test_trap_each_version_marks_the_cause_in_its_own_way(play: Play, version: str) -> None:
    play.outside.coolify.version = version
    shipped = play.outside.registry.find(story.IMAGE, story.BUILT)
    assert shipped is not None
    play.journal.at["trigger"] = lambda: play.outside.registry.delete(shipped.digest)
    error, outcome = put_back(await play.deploy(story.BUILT))
    assert (error, outcome.error.sentence) == (
        "deployment_failed",
        (
            "Coolify's deployment of 3f2a1b9 ended as failed: Error response from daemon:"
            f" manifest for {IMAGE}@{shipped.digest} not found: manifest unknown."
        ),
    )
    assert (play.runs, play.set_to) == (story.RUNS, (story.RUNS, story.RUNS))


async def test_trap_logs_are_a_json_string_of_which_only_the_shown_lines_are_told(play: Play) -> None:
    queue = play.outside.coolify.queue
    digest = await play.world.systems.registry.digest(IMAGE, story.BUILT)
    operation = await play.begin("deploy", target="app", ref=story.BUILT)
    await play.reached(operation, "watch")
    row = queue.of(play.app)[0]
    await play.until(lambda: any("Pulling" in line["output"] for line in row.lines))
    queue.freeze()
    await _said(play, operation, f"Coolify: Pulling image {IMAGE}@{digest}.")
    queue.thaw()
    deployed(await play.end(operation))
    assert not any("docker pull" in line for line in await play.said(operation))


async def _said(play: Play, operation: Operation, line: str) -> None:
    async def look() -> bool:
        return line in await play.said(operation)

    await until(look)


async def test_trap_the_active_deployments_as_an_object_are_counted_while_ours_waits(play: Play) -> None:
    coolify = play.outside.coolify
    coolify.active_as_object = True
    coolify.queue.freeze()
    coolify.queue.ask(coolify.apps["staging"], "HEAD")
    operation = await play.begin("deploy", target="app", ref=story.BUILT)
    await _said(play, operation, "Coolify: queued, with 1 other deployment under way")
    coolify.faults.queue("GET /api/v1/deployments", status=500, times=10**6)
    await _said(play, operation, "Coolify: queued")
    coolify.queue.thaw()
    deployed(await play.end(operation))


async def test_several_that_are_watched_are_looked_at_by_one_list_until_they_are_not_there(
    play: Play,
) -> None:
    coolify = play.outside.coolify
    coolify.queue.freeze()
    both = [await play.begin("deploy", target=name, ref=story.BUILT) for name in ("app", "staging")]
    for operation in both:
        await _said(play, operation, "Coolify: queued, with 1 other deployment under way")
    alone = [f"GET /api/v1/deployments/{row.uuid}" for row in coolify.queue.rows if row.active]
    before = [coolify.asked(line) for line in alone]
    looks = coolify.asked("GET /api/v1/deployments")
    await play.until(lambda: coolify.asked("GET /api/v1/deployments") >= looks + 5)
    assert [coolify.asked(line) for line in alone] == before
    coolify.queue.thaw()
    for operation in both:
        deployed(await play.end(operation))


async def test_trap_a_cancel_that_answers_500_is_believed_by_what_is_so_afterwards(play: Play) -> None:
    play.outside.coolify.version = "4.3.6"
    play.journal.cancel_at = "watch"
    error, outcome = put_back(await play.deploy(story.BUILT))
    assert (error, outcome.cancelled, outcome.sha) == ("cancelled", True, story.RUNS)
    assert "cancelled-by-user" in [row.status for row in play.outside.coolify.queue.of(play.app)]
    assert (play.runs, play.set_to) == (story.RUNS, (story.RUNS, story.RUNS))
