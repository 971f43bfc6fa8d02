"""A deploy of a project that docker compose runs, from its first step to its proof, and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.core.acting import Suspended
from deploy.core.outcomes import Completed, Refused
from deploy.deploys.outcomes import Deployed, NotPutBack, PutBack
from deploy.deploys.running import what_runs
from deploy.systems.compose import Compose
from deploy.world import Targets
from sandbox import workers_story as story
from sandbox.compose import files
from sandbox.world import World
from tests.deploy.conftest import ended
from tests.deploy.play import Play
from tests.sandbox.workers import Workers, everywhere
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.core.model import Release
    from deploy.redis.connect import State

SET = {"IMAGE_TAG": story.BUILT, "EXPECTED_GIT_SHA": story.BUILT}


@pytest.fixture
async def play(state: State) -> AsyncIterator[Play]:
    async with World(speed=0, workers=True) as outside:
        play = Play(outside, state)
        yield play
        await play.close()


@pytest.fixture
def workers(play: Play) -> Workers:
    return Workers(play.outside)


def digest(play: Play, image: str, sha: str) -> str:
    shipped = play.outside.registry.find(image, sha)
    assert shipped is not None
    return shipped.digest


async def newest(play: Play) -> Release:
    (release,) = await play.world.memory.history.releases("workers", 1)
    return release


def variables(workers: Workers) -> dict[str, str]:
    lines = (workers.folder / ".env").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name: value for name, value in pairs if name in SET}


def put_back(outcome: object) -> PutBack:
    assert isinstance(outcome, PutBack), outcome
    return outcome


async def test_every_container_runs_the_commit_and_says_so_itself(play: Play, workers: Workers) -> None:
    outcome = await play.deploy(story.BUILT[:7], "workers")
    assert isinstance(outcome, Deployed), outcome
    assert (outcome.sha, outcome.previous, outcome.proof) == (story.BUILT, story.RUNS, "digest")
    assert [commit.sha for commit in outcome.commits] == [story.CRASHES, story.BUILT]
    assert await workers.commits() == everywhere(story.BUILT)
    assert await workers.states() == everywhere("running")
    assert variables(workers) == SET
    assert outcome.warnings == ()


async def test_the_release_has_the_digest_of_each_image(play: Play) -> None:
    await play.deploy(story.BUILT, "workers")
    release = await newest(play)
    found = (release.sha, release.digest, release.others, release.proof)
    worker, ocr = (digest(play, image, story.BUILT) for image in story.IMAGES)
    assert found == (story.BUILT, worker, (ocr,), "digest")


async def test_a_rollback_brings_every_container_back(play: Play, workers: Workers) -> None:
    await play.deploy(story.BUILT, "workers")
    outcome = await play.end(await play.begin("rollback", target="workers"))
    assert isinstance(outcome, Deployed), outcome
    assert (outcome.sha, outcome.going_back) == (story.RUNS, True)
    assert await workers.commits() == everywhere(story.RUNS)


async def test_a_commit_whose_workers_crash_is_put_back_container_by_container(
    play: Play, workers: Workers
) -> None:
    operation = await play.begin("deploy", target="workers", ref=story.CRASHES)
    outcome = put_back(await play.end(operation))
    assert (outcome.error.code, outcome.sha, outcome.redeployed) == ("not_up", story.RUNS, True)
    assert outcome.error.sentence == (
        "c40d81f does not come up on vps: 0 of 5 containers up: invoices, letters, receipts and 2 more restarting."
    )
    assert (await workers.commits(), await workers.states()) == (
        everywhere(story.RUNS),
        everywhere("running"),
    )
    assert variables(workers) == dict.fromkeys(SET, story.RUNS)


async def test_a_commit_without_one_of_the_images_is_refused_before_anything_is_touched(
    play: Play, workers: Workers
) -> None:
    play.outside.registry.untag(story.IMAGES[1], story.BUILT)
    before = await workers.seen()
    outcome = await play.deploy(story.BUILT, "workers")
    assert isinstance(outcome, Refused), outcome
    assert outcome.error.code == "no_image"
    assert story.IMAGES[1] in outcome.error.sentence
    assert (await workers.seen(), variables(workers)) == (before, dict.fromkeys(SET, story.RUNS))


async def test_a_tag_that_moves_while_compose_pulls_is_found_by_the_digest(
    play: Play, workers: Workers
) -> None:
    """Compose pulls what the tag names then, which nobody has judged."""
    other = digest(play, story.IMAGES[0], story.CRASHES)
    play.journal.at["trigger"] = lambda: play.outside.registry.tag(
        story.IMAGES[0], story.BUILT, other, at=play.outside.clock.elapsed
    )
    outcome = put_back(await play.deploy(story.BUILT, "workers"))
    assert outcome.error.code in {"not_up", "other_parts"}
    assert await workers.commits() == everywhere(story.RUNS)


async def test_a_tag_that_moved_before_is_refused_at_once(play: Play, workers: Workers) -> None:
    other = digest(play, story.IMAGES[1], story.CRASHES)
    play.journal.at["point"] = lambda: play.outside.registry.tag(
        story.IMAGES[1], story.BUILT, other, at=play.outside.clock.elapsed
    )
    outcome = put_back(await play.deploy(story.BUILT, "workers"))
    assert (outcome.error.code, outcome.redeployed) == ("tag_names_other", False)
    assert variables(workers) == dict.fromkeys(SET, story.RUNS)


async def test_an_up_whose_connection_is_lost_in_the_middle_is_done_to_its_end(
    play: Play, workers: Workers
) -> None:
    workers.compose.cut_after = 2
    outcome = await play.deploy(story.BUILT, "workers")
    assert isinstance(outcome, Deployed), outcome
    assert await workers.commits() == everywhere(story.BUILT)


async def test_an_up_that_goes_on_without_its_connection_is_waited_for(play: Play, workers: Workers) -> None:
    workers.compose.cut_after, workers.compose.survives = 2, True
    outcome = await play.deploy(story.BUILT, "workers")
    assert isinstance(outcome, Deployed), outcome
    assert await workers.commits() == everywhere(story.BUILT)


async def test_a_host_that_stays_away_is_told_as_unknown_and_never_as_done(
    play: Play, workers: Workers
) -> None:
    play.world = replace(play.world, timeouts=replace(play.world.timeouts, deploy_within=0.5))
    play.engine = play.another_engine("hurried")
    play.journal.at["trigger"] = lambda: setattr(workers.machine, "cut", True)
    outcome = await play.deploy(story.BUILT, "workers")
    assert isinstance(outcome, NotPutBack), outcome
    assert (outcome.runs, outcome.wanted, outcome.healthy) == ("", story.RUNS, False)
    assert outcome.error.code == "host_connection_lost"


@pytest.mark.parametrize("step", ["gates", "point", "trigger", "watch", "prove", "record"])
async def test_a_crash_between_a_deed_and_its_record_is_resumed_to_the_same_end(
    play: Play, workers: Workers, step: str
) -> None:
    def die() -> None:
        raise Suspended("the power went")

    play.journal.before_keeping[step] = die
    outcome = await play.deploy(story.BUILT, "workers")
    assert isinstance(outcome, Deployed), outcome
    assert await workers.commits() == everywhere(story.BUILT)


async def test_somebody_elses_compose_goes_first(play: Play, workers: Workers) -> None:
    compose = play.world.systems.compose["workers"]
    workers.compose.goes.clear()
    hand = asyncio.create_task(workers.up("--force-recreate"))
    await until(compose.busy)
    outcome = await play.deploy(story.BUILT, "workers")
    assert isinstance(outcome, Refused), outcome
    assert outcome.error.code == "compose_at_work"
    waiting = await play.begin("wait", target="workers", ref=story.BUILT)
    workers.compose.goes.set()
    await hand
    begun = await play.end(waiting)
    assert isinstance(begun, Completed), begun
    assert isinstance((await ended(play.journal, begun.begun)).outcome, Deployed)
    assert await workers.commits() == everywhere(story.BUILT)


async def test_a_service_by_the_tag_latest_is_refused(play: Play, workers: Workers) -> None:
    file = workers.folder / files.FILE
    file.write_text(file.read_text().replace("fiskai-worker:${IMAGE_TAG:-latest}", "fiskai-worker:latest"))
    await workers.up()
    outcome = await play.deploy(story.BUILT, "workers")
    assert isinstance(outcome, Refused), outcome
    assert outcome.error.sentence == (
        "invoices, receipts, reports on vps run an image by the tag latest, which the variables of workers do not set."
    )


async def test_containers_of_two_commits_are_named_and_a_deploy_makes_them_one(
    play: Play, workers: Workers
) -> None:
    await workers.set(story.BUILT)
    await workers.does("pull", "--quiet", "scans")
    await workers.up("--no-deps", "scans")
    runs = await what_runs(play.world, play.world.targets["workers"])
    assert (runs.sha, runs.why) == ("", "of 5 containers 4 run 5be90c3, 1 run 77aa001")
    outcome = await play.deploy(story.BUILT, "workers")
    assert isinstance(outcome, Deployed), outcome
    assert await workers.commits() == everywhere(story.BUILT)


async def test_only_the_named_services_are_deployed(play: Play, workers: Workers) -> None:
    chosen = replace(play.world.targets["workers"], services=("scans", "letters"), images=(), image="")
    chosen = replace(chosen, image=f"ghcr.io/{story.IMAGES[1]}")
    systems = replace(
        play.world.systems, compose={"workers": Compose(play.world.systems.docker["vps"], chosen)}
    )
    targets = Targets((*(each for each in play.world.targets.values() if each.name != "workers"), chosen))
    play.world = replace(play.world, systems=systems, targets=targets)
    play.engine = play.another_engine("chosen")
    outcome = await play.deploy(story.BUILT, "workers")
    assert isinstance(outcome, Deployed), outcome
    wanted = everywhere(story.RUNS) | dict.fromkeys(("scans", "letters"), story.BUILT)
    assert await workers.commits() == wanted


async def test_nothing_of_the_env_but_the_variables_ever_leaves_the_host(
    play: Play, workers: Workers
) -> None:
    operation = await play.begin("deploy", target="workers", ref=story.CRASHES)
    outcome = await play.end(operation)
    told = repr((outcome, await play.journal.events(operation.id), await play.journal.load(operation.id)))
    assert files.SECRET not in told
    assert not [line for line in workers.machine.lines if story.CRASHES in line], (
        "values travel on standard input"
    )
    assert files.SECRET in (workers.folder / ".env").read_text()
