"""An image is its digest: what the gates judged is what Coolify is set to, what runs, and what is recorded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from deploy.core.actor import Offer
from deploy.core.outcomes import Refused
from deploy.core.reference import brief
from sandbox import story
from tests.deploy.play import APP, IMAGE, Play, deployed, put_back

if TYPE_CHECKING:
    from sandbox.registry import Shipped

LATER = 10.0**9  # a story second at which a tag moves that was moved by hand
OLD_JOINED = "4.0.0-beta.430"


def shipped(play: Play, tag: str) -> Shipped:
    found = play.outside.registry.find(story.IMAGE, tag)
    assert found is not None
    return found


def move(play: Play, tag: str, digest: str) -> None:
    """Somebody who may push lets a tag name another image, from now on."""
    play.outside.registry.tag(story.IMAGE, tag, digest, at=play.outside.clock.elapsed)


def rebuild(play: Play, sha: str) -> str:
    """A build of the commit that ran again pushed the same tags with another digest; returns the new one."""
    run = next(run for run in play.outside.github.runs.all if run.commit.sha == sha)
    play.outside.github.runs.rerun(run, story.ANA)
    play.outside.clock.skip(60 * story.MINUTE)
    return shipped(play, sha).digest


def set_to(play: Play) -> tuple[str, str]:
    return play.app.image, play.app.tag


# --- pointing


async def test_coolify_is_set_to_the_digest_that_was_judged(play: Play) -> None:
    digest = shipped(play, story.BUILT).digest
    outcome = deployed(await play.deploy("3f2a1b9"))
    assert set_to(play) == (IMAGE, digest.replace(":", "-"))
    assert (outcome.digest, play.app.commit) == (digest, story.BUILT)
    row = play.outside.coolify.queue.of(play.app)[0]
    assert row.lines[0]["output"] == f"Starting deployment of {IMAGE}@{digest} to vps-01."
    newest = (await play.world.memory.history.releases("app"))[0]
    assert (newest.sha, newest.digest, newest.proof) == (story.BUILT, digest, "digest")


async def test_a_coolify_before_digest_tags_gets_name_and_digits_apart(play: Play) -> None:
    play.outside.coolify.version = OLD_JOINED
    digest = shipped(play, story.BUILT).digest
    assert deployed(await play.deploy("3f2a1b9")).digest == digest
    assert set_to(play) == (f"{IMAGE}@sha256", digest.removeprefix("sha256:"))


async def test_where_one_form_is_refused_the_other_is_used(play: Play) -> None:
    play.journal.at["point"] = lambda: refuse(play, times=1)
    digest = shipped(play, story.BUILT).digest
    assert deployed(await play.deploy("3f2a1b9")).digest == digest
    assert set_to(play) == (f"{IMAGE}@sha256", digest.removeprefix("sha256:"))


async def test_where_neither_form_is_taken_the_tag_is_and_it_says_so(play: Play) -> None:
    play.journal.at["point"] = lambda: refuse(play, times=2)
    operation = await play.begin("deploy", target="app", ref="3f2a1b9")
    assert deployed(await play.end(operation)).digest == shipped(play, story.BUILT).digest
    assert set_to(play) == (IMAGE, story.BUILT)
    events = await play.journal.events(operation.id)
    notes = {event.step: event.note for event in events if event.event == "step_finished"}
    assert notes["point"] == (
        "3f2a1b9, by its tag: Coolify 4.3.11 takes no digest"
        " (Validation failed.: docker_registry_image_tag: The tag is odd)"
    )


async def test_where_only_a_tag_can_be_set_and_it_moved_nothing_is_touched(play: Play) -> None:
    def meanwhile() -> None:
        move(play, story.BUILT, shipped(play, story.MULTI_ARCH).digest)
        refuse(play, times=2)

    play.journal.at["point"] = meanwhile
    digest = shipped(play, story.BUILT).digest
    error, outcome = put_back(await play.deploy("3f2a1b9"))
    other = shipped(play, story.MULTI_ARCH).digest
    assert (error, outcome.error.sentence) == (
        "tag_moved",
        (
            f"The tag 3f2a1b9 names {brief(other)} now, not {brief(digest)}, which was judged,"
            " and Coolify 4.3.11 takes no digest."
        ),
    )
    assert (play.runs, play.app.deploys) == (story.RUNS, 0)


def refuse(play: Play, *, times: int) -> None:
    body = {"message": "Validation failed.", "errors": {"docker_registry_image_tag": ["The tag is odd."]}}
    play.outside.coolify.faults.queue(f"PATCH {APP}", status=422, body=json.dumps(body), times=times)


async def test_a_tag_that_moves_between_gates_and_job_changes_nothing(play: Play) -> None:
    play.journal.at["trigger"] = lambda: move(play, story.BUILT, shipped(play, story.SICK).digest)
    digest = shipped(play, story.BUILT).digest
    outcome = deployed(await play.deploy("3f2a1b9"))
    assert (outcome.digest, play.runs) == (digest, story.BUILT)


async def test_a_build_that_runs_again_meanwhile_puts_nothing_back(play: Play) -> None:
    digest = shipped(play, story.BUILT).digest
    play.journal.at["watch"] = lambda: rebuild(play, story.BUILT)
    outcome = deployed(await play.deploy("3f2a1b9"))
    assert (outcome.digest, outcome.proof, play.runs) == (digest, "digest", story.BUILT)
    assert shipped(play, story.BUILT).digest != digest


async def test_somebody_who_points_coolify_elsewhere_before_the_job_is_noticed(play: Play) -> None:
    """The job reads the tag when it begins: what it deployed is not what was judged, and is put back."""

    def elsewhere() -> None:
        other = shipped(play, story.MULTI_ARCH).digest
        play.app.columns["docker_registry_image_tag"] = other.replace(":", "-")

    play.journal.at["trigger"] = elsewhere
    error, outcome = put_back(await play.deploy("3f2a1b9"))
    assert (error, outcome.sha, play.runs) == ("other_image", story.RUNS, story.RUNS)


# --- latest


async def test_latest_is_deployed_as_the_digest_that_it_named_and_then_followed_again(play: Play) -> None:
    digest = shipped(play, "latest").digest
    play.journal.at["point"] = lambda: move(play, "latest", shipped(play, story.MULTI_ARCH).digest)
    outcome = deployed(await play.deploy("latest"))
    assert (outcome.sha, outcome.digest, outcome.pinned) == (story.BUILT, digest, False)
    assert (play.runs, set_to(play), play.app.commit) == (story.BUILT, (IMAGE, "latest"), "HEAD")


async def test_latest_is_not_followed_while_another_deployment_waits(play: Play) -> None:
    """A deployment that waits reads the tag when it begins, and would ship what latest names by then."""

    def another() -> None:
        play.outside.coolify.queue.freeze()
        play.outside.coolify.queue.ask(play.app, "HEAD")

    play.journal.at["follow latest"] = another
    operation = await play.begin("deploy", target="app", ref="latest")
    await play.reached(operation, "follow latest")
    digest = shipped(play, story.BUILT).digest
    assert set_to(play) == (IMAGE, digest.replace(":", "-"))
    play.outside.coolify.queue.thaw()
    assert deployed(await play.end(operation)).pinned is False
    assert set_to(play) == (IMAGE, "latest")


async def test_a_latest_that_cannot_be_followed_again_stays_pinned_and_says_so(play: Play) -> None:
    play.journal.at["follow latest"] = lambda: play.outside.coolify.faults.queue(
        f"PATCH {APP}", status=500, times=9
    )
    outcome = deployed(await play.deploy("latest"))
    assert (outcome.pinned, outcome.warnings) == (
        True,
        ("app does not follow latest again: Coolify answers 500.",),
    )


async def test_a_latest_that_was_put_back_stays_pinned(play: Play) -> None:
    play.outside.registry.tag(
        story.IMAGE, "latest", shipped(play, story.SICK).digest, at=play.outside.clock.elapsed
    )
    error, outcome = put_back(await play.deploy("latest"))
    assert (error, outcome.sha, play.runs, play.set_to[0]) == (
        "deployment_failed",
        story.RUNS,
        story.RUNS,
        story.RUNS,
    )


# --- going back


async def test_a_rollback_goes_to_the_recorded_digest_though_its_tag_was_pushed_again(play: Play) -> None:
    before = shipped(play, story.RUNS).digest
    await play.deploy("3f2a1b9")
    assert rebuild(play, story.RUNS) != before
    outcome = deployed(await play.rollback())
    assert (outcome.sha, outcome.digest) == (story.RUNS, before)
    assert play.outside.host.running["app"].digest == before


async def test_a_rollback_goes_to_the_recorded_digest_though_its_tag_is_gone(play: Play) -> None:
    before = shipped(play, story.RUNS).digest
    await play.deploy("3f2a1b9")
    play.outside.registry.untag(story.IMAGE, story.RUNS)
    assert deployed(await play.rollback()).digest == before


async def test_where_the_image_is_gone_the_next_release_that_is_there_is_offered(play: Play) -> None:
    for ref in (story.MULTI_ARCH, "3f2a1b9"):
        deployed(await play.deploy(ref, force=True))
    gone = shipped(play, story.MULTI_ARCH)
    play.outside.registry.delete(gone.digest)
    outcome = await play.rollback()
    assert isinstance(outcome, Refused)
    assert (outcome.error.code, outcome.error.sentence) == (
        "release_gone",
        (
            f"The registry no longer has the image of 0b94ac7 ({brief(gone.digest)}):"
            " the next release whose image is there is a4c9e1f."
        ),
    )
    assert [offer.command for offer in outcome.error.offers] == ["rollback app a4c9e1f --when-ran 3f2a1b9"]
    assert play.runs == story.BUILT


async def test_where_no_image_is_there_any_more_building_it_again_is_offered(play: Play) -> None:
    await play.deploy("3f2a1b9")
    play.outside.registry.delete(shipped(play, story.RUNS).digest)
    outcome = await play.rollback()
    assert isinstance(outcome, Refused)
    offers = (Offer("Build it again", "build rerun a4c9e1f"),)
    assert (outcome.error.code, outcome.error.offers) == ("release_gone", offers)
    assert outcome.error.sentence.endswith("no earlier one is there either.")


# --- without a host


async def test_without_a_host_coolifys_log_says_what_it_started_and_it_is_called_not_proven(
    play: Play,
) -> None:
    play.outside.hosts.vps01.trouble("docker ps", hang_up=True)
    play.journal.at["prove"] = lambda: play.outside.hosts.vps01.trouble("docker ps", hang_up=True)
    outcome = deployed(await play.deploy("3f2a1b9"))
    assert (outcome.proof, outcome.digest) == ("not proven", shipped(play, story.BUILT).digest)


async def test_without_a_host_a_log_that_names_another_image_is_a_failure(play: Play) -> None:
    other = shipped(play, story.MULTI_ARCH).digest

    def elsewhere() -> None:
        play.app.columns["docker_registry_image_tag"] = other.replace(":", "-")

    play.journal.at["trigger"] = elsewhere
    play.journal.at["prove"] = lambda: play.outside.hosts.vps01.trouble("docker ps", hang_up=True)
    error, outcome = put_back(await play.deploy("3f2a1b9"))
    assert (error, outcome.error.sentence) == (
        "other_image",
        f"Coolify says that 3f2a1b9 is deployed, but by Coolify's log it is {brief(other)}.",
    )


@pytest.mark.parametrize("ref", ["3f2a1b9", "latest"])
async def test_release_outcome_and_coolify_name_one_digest(play: Play, ref: str) -> None:
    digest = shipped(play, story.BUILT).digest
    outcome = deployed(await play.deploy(ref))
    newest = (await play.world.memory.history.releases("app"))[0]
    assert {outcome.digest, newest.digest, play.outside.host.running["app"].digest} == {digest}
