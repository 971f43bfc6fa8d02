"""deploy SHA, told by the real engine against the sandbox: good days, refusals, and Coolify's traps by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy import errors
from deploy.events import Deployed, Failed, Refused
from deploy.state.journal import Lost
from sandbox import story
from tests.deploy.operations.play import APP, IMAGE, PACE, Play, code, deployed, put_back
from tests.deploy.state.conftest import until

if TYPE_CHECKING:
    from deploy.events import Outcome
    from deploy.model import Operation
    from sandbox.world import World

Spoil = Callable[[Play], object]
HTML = "<!DOCTYPE html><html><title>Sign in</title></html>"
TRIGGER = "POST /api/v1/deploy"


def expected(play: Play, sha: str, **more: object) -> Deployed:
    shipped = play.outside.registry.find(story.IMAGE, sha)
    assert shipped is not None
    facts = {"previous": story.RUNS, "digest": shipped.digest, "seconds": 0, "proof": "not proven", **more}
    return Deployed("app", sha, **facts)  # type: ignore[arg-type]


def titles(outcome: Outcome) -> list[str]:
    return [commit.sha for commit in deployed(outcome).commits]


# --- good days


async def test_a_deploy_pins_the_app_to_the_commit_and_ends_with_what_it_brought(play: Play) -> None:
    outcome = await play.deploy("3f2a1b9")
    assert deployed(outcome) == expected(play, story.BUILT, commits=deployed(outcome).commits)
    assert titles(outcome) == [story.AMD64_ONLY, story.SICK, story.BUILT]
    assert (play.runs, play.set_to, play.app.deploys) == (story.BUILT, (story.BUILT, story.BUILT), 1)


async def test_a_deploy_records_what_ran_before_and_what_runs_now(play: Play) -> None:
    await play.deploy("3f2a1b9")
    releases = await play.world.history.releases("app")
    assert [release.sha for release in releases] == [story.BUILT, story.RUNS]


async def test_deploying_twice_records_each_release_once(play: Play) -> None:
    for _ in range(2):
        await play.deploy("3f2a1b9")
    releases = await play.world.history.releases("app")
    assert [release.sha for release in releases] == [story.BUILT, story.BUILT, story.RUNS]


async def test_github_hears_of_the_deployment_and_of_its_success(play: Play) -> None:
    await play.deploy("3f2a1b9")
    (deployment,) = await play.world.github.deployments("production", sha=story.BUILT)
    posted = [each for each in play.outside.github.received if each.path.endswith(f"/{deployment}/statuses")]
    assert [each.json["state"] for each in posted] == ["in_progress", "success"]


async def test_github_not_taking_the_deployment_is_a_note_and_no_failure(play: Play) -> None:
    play.outside.github.faults.queue("POST */deployments", status=500, times=3)
    outcome = await play.deploy("3f2a1b9")
    assert deployed(outcome).warnings == ("GitHub's deployments page does not show it: GitHub answers 500.",)


async def test_another_target_is_left_alone(play: Play) -> None:
    outcome = await play.deploy("3f2a1b9", "staging")
    assert (deployed(outcome).target, play.runs) == ("staging", story.RUNS)
    assert play.outside.coolify.running("staging") == story.BUILT


async def test_latest_follows_the_moving_tag_and_says_so(play: Play) -> None:
    outcome = await play.deploy("latest")
    assert (deployed(outcome).sha, deployed(outcome).pinned) == (story.BUILT, False)
    assert (play.runs, play.set_to) == (story.BUILT, ("latest", story.BUILT))


async def test_an_app_on_latest_is_pinned_by_a_deploy(play: Play) -> None:
    play.app.columns.update(docker_registry_image_tag="latest", git_commit_sha="HEAD")
    outcome = await play.deploy("3f2a1b9")
    assert (deployed(outcome).previous, play.set_to) == (story.RUNS, (story.BUILT, story.BUILT))


async def test_a_leftover_bad_tag_is_not_taken_for_what_runs(play: Play) -> None:
    play.app.columns.update(docker_registry_image_tag=story.SICK, git_commit_sha=story.SICK)
    outcome = await play.deploy("3f2a1b9")
    assert (deployed(outcome).previous, play.runs) == (story.RUNS, story.BUILT)


async def test_force_goes_back_in_time_and_says_so(play: Play) -> None:
    outcome = await play.deploy(story.MULTI_ARCH, force=True)
    assert deployed(outcome).warnings == (
        "forced: 0b94ac7 is 1 commit behind a4c9e1f, which runs now: this would go back in time.",
    )
    assert play.runs == story.MULTI_ARCH


# --- bad input, each its own code


def unbuilt(play: Play) -> None:
    for tag in (story.BUILT, "3f2a1b9"):
        play.outside.registry.untag(story.IMAGE, tag)


def nixpacks(play: Play) -> None:
    play.app.columns["build_pack"] = "nixpacks"


def another_image(play: Play) -> None:
    play.app.columns["docker_registry_image_name"] = "ghcr.io/else/where"


def busy(play: Play) -> None:
    play.outside.coolify.queue.freeze()
    play.outside.coolify.queue.ask(play.app, "HEAD")


def token(*abilities: str) -> Spoil:
    def spoil(play: Play) -> None:
        access = play.outside.coolify.access
        access.tokens = {
            text: one for text, one in access.tokens.items() if text != play.outside.coolify_token
        }
        known = access.issue(*abilities)
        access.tokens[play.outside.coolify_token] = access.tokens[known]

    return spoil


def nothing(_: Play) -> None:
    pass


REFUSED: dict[str, tuple[str, Spoil, str]] = {
    "an unknown sha": (story.UNKNOWN, nothing, "commit_not_found"),
    "an ambiguous sha": (story.TWINS, nothing, "commit_not_found"),
    "docs alone": (story.DOCS_ONLY, nothing, "docs_only"),
    "a build under way": (story.BUILDING, nothing, "build_running"),
    "a failed build": (story.BUILD_FAILED, nothing, "build_failed"),
    "no image": (story.BUILT, unbuilt, "no_image"),
    "another platform": (story.AMD64_ONLY, nothing, "wrong_platform"),
    "another revision": (story.WRONG_REVISION, nothing, "wrong_revision"),
    "a downgrade": (story.MULTI_ARCH, nothing, "downgrade"),
    "another branch": (story.OFF_MAIN, nothing, "off_main"),
    "a build pack that builds": (story.BUILT, nixpacks, "wrong_build_pack"),
    "another image name": (story.BUILT, another_image, "wrong_image_name"),
    "Coolify at work": (story.BUILT, busy, "coolify_busy"),
    "a token that may not deploy": (story.BUILT, token("read", "read:sensitive", "write"), "token_unable"),
    "a token that may not write": (story.BUILT, token("read", "read:sensitive", "deploy"), "token_unable"),
    "a token that may not see logs": (story.BUILT, token("read", "write", "deploy"), "token_unable"),
}


@pytest.mark.parametrize(("ref", "spoil", "refusal"), REFUSED.values(), ids=REFUSED)
async def test_bad_input_is_refused_by_its_code_and_touches_nothing(
    play: Play, ref: str, spoil: Spoil, refusal: str
) -> None:
    spoil(play)
    asked = play.app.deploys
    outcome = await play.deploy(ref)
    assert isinstance(outcome, Refused)
    assert outcome.error.code == refusal
    assert outcome.error.hint
    assert (play.runs, play.set_to, play.app.deploys) == (story.RUNS, (story.RUNS, story.RUNS), asked)


@pytest.mark.parametrize("ref", [story.AMD64_ONLY, story.BUILD_FAILED])
async def test_force_deploys_neither_another_platform_nor_a_missing_image(play: Play, ref: str) -> None:
    outcome = await play.deploy(ref, force=True)
    assert code(outcome) in {"wrong_platform", "no_image"}
    assert (play.runs, play.app.deploys) == (story.RUNS, 0)


async def test_docs_alone_are_told_with_the_nearest_built_ancestor(play: Play) -> None:
    outcome = await play.deploy(story.DOCS_ONLY)
    assert isinstance(outcome, Refused)
    assert [offer.command for offer in outcome.error.offers] == ["deploy 3f2a1b9 --to app"]


async def test_an_unknown_target_is_refused_and_the_known_ones_named(play: Play) -> None:
    with pytest.raises(errors.UnknownTarget, match=r"There is no target `shop`\.") as refusal:
        play.world.target("shop")
    assert refusal.value.failure.hint == "Known targets: app, staging."


def fault(system: str, match: str, **what: object) -> Spoil:
    def spoil(play: Play) -> None:
        getattr(play.outside, system).faults.queue(match, times=10**6, **what)

    return spoil


def without_token(play: Play) -> None:
    play.outside.coolify.access.tokens.clear()


def api_disabled(play: Play) -> None:
    play.outside.coolify.access.api_enabled = False


BROKEN: dict[str, tuple[Spoil, str]] = {
    "Coolify's token is wrong": (without_token, "coolify_unauthorized"),
    "403 with success true": (api_disabled, "coolify_missing_ability"),
    "HTML instead of JSON from Coolify": (
        fault("coolify", f"GET {APP}", status=200, body=HTML, content_type="text/html"),
        "coolify_not_json",
    ),
    "HTML instead of JSON from GitHub": (
        fault("github", "GET /repos/*/commits/*", status=200, body=HTML, content_type="text/html"),
        "github_not_json",
    ),
    "Coolify takes too long": (fault("coolify", f"GET {APP}", delay=1), "coolify_timed_out"),
    "GitHub takes too long": (fault("github", "GET /repos/*/commits/*", delay=1), "github_timed_out"),
    "Coolify drops connections": (fault("coolify", f"GET {APP}", drop=True), "coolify_unreachable"),
    "Coolify answers 500": (fault("coolify", f"GET {APP}", status=500), "coolify_server_fault"),
    "GitHub's token is wrong": (
        fault("github", "GET /repos/*", status=401, body='{"message":"Bad credentials"}'),
        "github_unauthorized",
    ),
    "the registry answers 503": (fault("registry", "GET /v2/*", status=503), "registry_server_fault"),
}


@pytest.mark.parametrize(("spoil", "failure"), BROKEN.values(), ids=BROKEN)
async def test_a_broken_system_fails_the_deploy_by_its_code_before_anything_changed(
    play: Play, spoil: Spoil, failure: str
) -> None:
    spoil(play)
    outcome = await play.deploy(story.BUILT)
    assert isinstance(outcome, Failed)
    assert outcome.error.code == failure
    assert outcome.error.hint
    assert (play.set_to, play.app.deploys) == ((story.RUNS, story.RUNS), 0)


# --- Coolify's traps


async def test_trap_the_phantom_deployment_id_is_never_believed(play: Play) -> None:
    """Somebody's deployment with the same key swallows ours; what it runs is our tag, so it counts once over."""
    queue = play.outside.coolify.queue

    def somebody_deploys() -> None:
        queue.freeze()
        queue.ask(play.app, play.app.commit)

    operation = await _with_a_lost_lookup(play, somebody_deploys)
    await play.until(lambda: play.app.deploys == 2)
    queue.thaw()
    assert deployed(await play.end(operation)).sha == story.BUILT
    assert [row.status for row in queue.of(play.app)] == ["finished", "finished"]
    assert play.runs == story.BUILT


async def _with_a_lost_lookup(play: Play, meanwhile: Callable[[], object]) -> Operation:
    """Begin a deploy during whose request to deploy something happens first."""
    coolify = play.outside.coolify
    operation_begun = await play.begin("deploy", ref=story.BUILT)
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
    operation = await play.begin("deploy", ref=story.BUILT)
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
    operation = await play.begin("deploy", ref=story.BUILT)
    await play.reached(operation, "watch")
    queue.thaw()
    assert deployed(await play.end(operation)).sha == story.BUILT
    ours, theirs, _ = queue.of(play.app)
    assert (ours.commit, ours.status, theirs.commit) == (story.BUILT, "finished", story.RUNS)
    watched = (await play.journal.load(operation.id)).results["watch"]
    assert json.loads(watched)["uuid"] == ours.uuid


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
        play.outside.coolify.faults.queue(f"PATCH {APP}", status=422, body=json.dumps(body))

    play.journal.at["point"] = refuse
    error, outcome = put_back(await play.deploy(story.BUILT))
    assert error == "coolify_rejected"
    assert "The tag is odd." in outcome.error.sentence


async def test_trap_logs_are_a_json_string_of_which_only_the_shown_lines_are_told(play: Play) -> None:
    queue = play.outside.coolify.queue
    operation = await play.begin("deploy", ref=story.BUILT)
    await play.reached(operation, "watch")
    row = queue.of(play.app)[0]
    await play.until(lambda: any("Pulling" in line["output"] for line in row.lines))
    queue.freeze()
    await _said(play, operation, f"Coolify: Pulling image {IMAGE}:{story.BUILT}.")
    queue.thaw()
    deployed(await play.end(operation))
    assert not any("docker pull" in line for line in await play.said(operation))


async def _said(play: Play, operation: Operation, line: str) -> None:
    async def look() -> bool:
        return line in await play.said(operation)

    await until(look)


async def test_trap_the_active_deployments_as_an_object_are_read_all_the_same(play: Play) -> None:
    play.outside.coolify.active_as_object = True
    busy(play)
    (active,) = await play.world.coolify.active()
    assert (active.status, active.commit) == ("queued", "HEAD")
    assert code(await play.deploy(story.BUILT)) == "coolify_busy"


async def test_trap_a_cancel_that_answers_500_is_believed_by_what_is_so_afterwards(play: Play) -> None:
    play.outside.coolify.version = "4.3.6"
    play.journal.cancel_at = "watch"
    error, outcome = put_back(await play.deploy(story.BUILT))
    assert (error, outcome.cancelled, outcome.sha) == ("cancelled", True, story.RUNS)
    assert "cancelled-by-user" in [row.status for row in play.outside.coolify.queue.of(play.app)]
    assert (play.runs, play.set_to) == (story.RUNS, (story.RUNS, story.RUNS))


# --- answers that are lost


async def test_a_lost_answer_to_the_trigger_triggers_once(play: Play) -> None:
    play.journal.at["trigger"] = lambda: play.outside.coolify.faults.queue(TRIGGER, drop=True, after=True)
    assert deployed(await play.deploy(story.BUILT)).sha == story.BUILT
    assert play.app.deploys == 1


async def test_a_trigger_that_never_arrived_fails_and_is_put_back(play: Play) -> None:
    play.journal.at["trigger"] = lambda: play.outside.coolify.faults.queue(TRIGGER, drop=True)
    error, outcome = put_back(await play.deploy(story.BUILT))
    assert (error, outcome.redeployed, play.app.deploys) == ("coolify_unreachable", False, 0)
    assert play.set_to == (story.RUNS, story.RUNS)


async def test_a_trigger_without_an_answer_or_a_look_is_found_and_stopped_when_putting_back(
    play: Play,
) -> None:
    def silence() -> None:
        faults = play.outside.coolify.faults
        faults.queue(TRIGGER, drop=True, after=True)
        lists = "GET /api/v1/deployments/applications/*"
        play.journal.at["stop"] = faults.clear
        faults.queue(lists, times=0)
        play.outside.coolify.queue.freeze()
        original = play.outside.coolify.queue.ask

        def ask(*args: object, **more: object) -> object:
            faults.queue(lists, status=503, times=99)
            return original(*args, **more)  # type: ignore[arg-type]

        play.outside.coolify.queue.ask = ask  # type: ignore[method-assign, assignment]

    play.journal.at["trigger"] = silence
    operation = await play.begin("deploy", ref=story.BUILT)
    await play.until(lambda: play.outside.coolify.queue.of(play.app)[0].status == "cancelled-by-user")
    play.outside.coolify.queue.thaw()
    error, outcome = put_back(await play.end(operation))
    assert (error, outcome.sha, play.runs) == ("coolify_server_fault", story.RUNS, story.RUNS)


async def test_a_crash_between_the_trigger_and_its_entry_triggers_once(play: Play) -> None:
    """The first runner loses its fence at that very moment; the next one finds the deployment that is there."""

    def lose() -> None:
        raise Lost("the runner is gone")

    play.journal.before_keeping["trigger"] = lose
    operation = await play.begin("deploy", ref=story.BUILT)
    assert deployed(await play.end(operation)).sha == story.BUILT
    assert play.app.deploys == 1
    events = await play.journal.events(operation.id)
    assert [event.event for event in events].count("taken_over") == 2


async def test_the_tag_changed_by_somebody_else_is_noticed_when_read_back(play: Play) -> None:
    """Somebody patches the app between our PATCH and our look."""
    play.journal.at["point"] = lambda: play.outside.coolify.faults.queue(
        f"PATCH {APP}", status=200, body='{"uuid":"x"}'
    )
    error, outcome = put_back(await play.deploy(story.BUILT))
    assert (error, outcome.error.sentence) == (
        "not_pointed",
        "Coolify took the tag 3f2a1b9 but reads back a4c9e1f.",
    )


async def test_a_deployment_without_an_end_takes_too_long(play: Play, outside: World) -> None:
    play.world = replace(play.world, pace=replace(PACE, deploy_within=0.2))
    play.engine = play.another_engine("hurried")
    outside.coolify.queue.freeze()
    operation = await play.begin("deploy", ref=story.BUILT)
    await play.until(lambda: outside.coolify.queue.of(play.app)[0].status == "cancelled-by-user")
    outside.coolify.queue.thaw()
    error, outcome = put_back(await play.end(operation))
    assert (error, outcome.sha) == ("took_too_long", story.RUNS)


async def test_coolify_out_of_reach_while_it_deploys_is_waited_for(play: Play) -> None:
    play.journal.at["watch"] = lambda: play.outside.coolify.faults.queue(
        "GET /api/v1/deployments/*", status=502, times=7
    )
    operation = await play.begin("deploy", ref=story.BUILT)
    assert deployed(await play.end(operation)).sha == story.BUILT
    assert "Coolify answers 502." in await play.said(operation)
