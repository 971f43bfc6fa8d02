"""What runs in a target: its host is asked first, then Coolify's own log; gates, status and where say the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.core.model import HEAD, Running, short
from deploy.deploys import running, situation
from deploy.status.journey import journey
from deploy.status.overview import status
from deploy.world import Targets
from sandbox import story
from sandbox.coolify.deployments import CANCELLED, FAILED, SERVER
from sandbox.host import Container
from tests.deploy.play import IMAGE

if TYPE_CHECKING:
    from sandbox.coolify.deployments import Deployment
    from tests.deploy.play import Play

VERSION = "v1.4.0"
NO_HOST = "fisk.toml names no host for app"
AT = 1_700_000_000.0


def digest(play: Play, tag: str) -> str:
    shipped = play.outside.registry.find(story.IMAGE, tag)
    assert shipped is not None
    return shipped.digest


def set_to(play: Play, tag: str, commit: str = HEAD) -> None:
    play.app.columns |= {"docker_registry_image_tag": tag, "git_commit_sha": commit}


def start(play: Play, tag: str) -> None:
    """Somebody starts a container by hand, past fisk and past Coolify."""
    shipped = play.outside.registry.find(story.IMAGE, tag)
    assert shipped is not None
    play.outside.host.running["app"] = Container.of(shipped)


def unreachable(play: Play) -> None:
    """fisk knows no host of the app."""
    targets = [replace(each, host="") for each in play.world.targets.values()]
    play.world = replace(play.world, targets=Targets(targets))


async def told(play: Play) -> Running:
    """What gates, a rollback, a redeploy, status and where say, which is the same."""
    world, target = play.world, play.world.targets.named("app")
    resolved = await situation.resolve(world, target, story.BUILT)
    said = {
        "gates": (await situation.gather(world, target, resolved)).running,
        "a rollback": (await situation.gather(world, target, resolved, going_back=True)).running,
        "redeploy": await running.what_runs(world, target),
        "status": (await status(world, target)).live.running,
        "where": (await journey(world, target, short(story.BUILT))).there[0].running,
    }
    (same,) = set(said.values())
    return same


def expected(play: Play, sha: str, **more: object) -> Running:
    rows = tuple(row.uuid for row in play.outside.coolify.queue.of(play.app))
    return Running(sha, play.app.tag, rows, **more)  # type: ignore[arg-type]


# --- by the host


def as_it_was(_: Play) -> None:
    """As the story begins."""


def follows_latest(play: Play) -> None:
    set_to(play, "latest")


def follows_latest_under_an_old_commit(play: Play) -> None:
    set_to(play, "latest", story.BUILT)


def changed_but_not_deployed(play: Play) -> None:
    set_to(play, story.BUILT, story.BUILT)


def set_to_nothing_that_exists(play: Play) -> None:
    set_to(play, "v0")


def nothing_finished(play: Play) -> None:
    play.outside.coolify.queue.rows.clear()


def labelled_by_fisk_as_another_commit(play: Play) -> None:
    """The commit of a deployment is whatever somebody set, so it says nothing."""
    play.outside.coolify.queue.rows[-1].commit = story.BUILT


def in_containerds_store(play: Play) -> None:
    """The image's id is what was pulled, and after a tag was pulled anew that is all there is."""
    play.outside.hosts.containerd = play.outside.hosts.forgets_digests = True


def without_its_digests(play: Play) -> None:
    """In the classic store the image's id is its config's digest, which the registry knows for the same image."""
    play.outside.hosts.forgets_digests = True


def named_by_somebody(play: Play) -> None:
    play.outside.host.names["app"] = "fiskai-web"


STATES: list[Callable[[Play], None]] = [
    as_it_was,
    follows_latest,
    follows_latest_under_an_old_commit,
    changed_but_not_deployed,
    set_to_nothing_that_exists,
    nothing_finished,
    labelled_by_fisk_as_another_commit,
    in_containerds_store,
    without_its_digests,
    named_by_somebody,
]


@pytest.mark.parametrize("so", STATES, ids=[state.__name__ for state in STATES])
async def test_what_the_host_runs_is_what_runs_whatever_coolify_is_set_to(
    play: Play, so: Callable[[Play], None]
) -> None:
    so(play)
    assert await told(play) == expected(play, story.RUNS, digest=digest(play, story.RUNS), source="host")


async def test_a_container_that_somebody_started_by_hand_is_what_runs(play: Play) -> None:
    start(play, story.MULTI_ARCH)
    found = expected(play, story.MULTI_ARCH, digest=digest(play, story.MULTI_ARCH), source="host")
    assert await told(play) == found


async def test_a_label_that_the_build_logs_contradict_names_no_commit(play: Play) -> None:
    """Its label says that it was built from what runs, whose build pushed another image."""
    start(play, story.WRONG_REVISION)
    why = "its label names a4c9e1f, but no log and no tag of that commit names this image"
    found = digest(play, story.WRONG_REVISION)
    assert await told(play) == expected(play, "", digest=found, source="host", why=why)


async def test_an_image_of_a_tag_that_somebody_moved_is_still_its_own_commits(play: Play) -> None:
    play.outside.registry.tag(story.IMAGE, story.BUILT, digest(play, story.RUNS), at=10**9)
    assert (await told(play)).sha == story.RUNS


async def test_where_the_log_of_the_build_is_gone_the_tag_counts(play: Play) -> None:
    play.outside.github.actions.expired_logs |= {run.id for run in play.outside.github.runs.all}
    assert (await told(play)).sha == story.RUNS


async def test_where_log_and_tag_are_gone_the_commit_is_not_known(play: Play) -> None:
    play.outside.github.actions.expired_logs |= {run.id for run in play.outside.github.runs.all}
    found = digest(play, story.RUNS)
    play.outside.registry.untag(story.IMAGE, story.RUNS)
    why = "its label names a4c9e1f, but no log and no tag of that commit names this image"
    assert await told(play) == expected(play, "", digest=found, source="host", why=why)


async def test_an_image_of_another_repository_is_named(play: Play) -> None:
    start(play, story.MULTI_ARCH)
    play.outside.hosts.repository = "ghcr.io/else/app"
    other = f"ghcr.io/else/app@{digest(play, story.MULTI_ARCH)}"
    assert await told(play) == expected(play, "", source="host", why=f"vps01 runs {other}")


async def test_a_repository_in_two_spellings_is_one(play: Play) -> None:
    play.outside.hosts.repository = "GHCR.io/Wandeon/FiskAI-app"
    assert (await told(play)).sha == story.RUNS


async def test_no_container_is_told_and_not_taken_for_what_ran_before(play: Play) -> None:
    play.outside.host.running.pop("app")
    assert await told(play) == expected(play, "", source="host", why="no container of it runs on vps01")


# --- without the host, by Coolify's log


def deployed(play: Play, image: str, status: str = "finished") -> Deployment:
    row = play.outside.coolify.queue.add(play.app, story.BUILT)
    row.say(f"Starting deployment of {image} to {SERVER}.")
    row.status, row.created = status, AT
    return row


async def test_the_log_of_the_newest_deployment_names_a_digest(play: Play) -> None:
    unreachable(play)
    found = digest(play, story.MULTI_ARCH)
    deployed(play, f"{IMAGE}@{found}")
    facts = {"digest": found, "source": "log", "at": AT, "why": NO_HOST}
    assert await told(play) == expected(play, story.MULTI_ARCH, **facts)


async def test_the_log_names_the_tag_of_a_commit_which_says_no_digest(play: Play) -> None:
    unreachable(play)
    deployed(play, f"{IMAGE}:{story.MULTI_ARCH}")
    facts = {"deployed": story.MULTI_ARCH, "source": "log", "at": AT, "why": NO_HOST}
    assert await told(play) == expected(play, story.MULTI_ARCH, **facts)


@pytest.mark.parametrize("tag", ["latest", VERSION])
async def test_a_tag_that_moves_names_no_image(play: Play, tag: str) -> None:
    unreachable(play)
    deployed(play, f"{IMAGE}:{tag}")
    facts = {"deployed": tag, "source": "log", "at": AT, "why": NO_HOST}
    assert await told(play) == expected(play, "", **facts)


async def test_deployments_that_failed_since_replaced_nothing(play: Play) -> None:
    unreachable(play)
    deployed(play, f"{IMAGE}:{story.MULTI_ARCH}")
    for _ in range(12):
        deployed(play, f"{IMAGE}:{story.BUILT}", FAILED)
    assert (await told(play)).sha == story.MULTI_ARCH


@pytest.mark.parametrize(("status", "rolling"), [(CANCELLED, True), (FAILED, False)])
async def test_one_that_may_have_replaced_the_container_leaves_it_unknown(
    play: Play, status: str, *, rolling: bool
) -> None:
    unreachable(play)
    if not rolling:
        play.app.columns["ports_mappings"] = "3000:3000"
    row = deployed(play, f"{IMAGE}:{story.BUILT}", status)
    why = f"{NO_HOST}, and Coolify's deployment {row.page}, {status}, may have replaced what ran"
    assert await told(play) == expected(play, "", why=why)


async def test_one_that_was_cancelled_before_it_began_replaced_nothing(play: Play) -> None:
    unreachable(play)
    play.outside.coolify.queue.add(play.app, story.BUILT).status = CANCELLED
    assert (await told(play)).sha == story.RUNS


async def test_a_log_that_the_token_may_not_read_names_nothing(play: Play) -> None:
    unreachable(play)
    row = play.outside.coolify.queue.rows[0]
    row.lines.clear()
    why = f"{NO_HOST}, and Coolify shows no log of deployment {row.page}"
    assert await told(play) == expected(play, "", why=why)


async def test_no_deployment_at_all_names_nothing(play: Play) -> None:
    unreachable(play)
    nothing_finished(play)
    assert await told(play) == expected(play, "", why=f"{NO_HOST}, and Coolify lists no finished deployment")
