"""What really runs, by the digest of the container's image on its host."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.core.ask import Unknown, ask
from deploy.deploys.outcomes import PutBack
from deploy.deploys.proof import Proof, is_of, proof
from deploy.systems.docker import Docker
from sandbox import story
from sandbox.host import Container
from sandbox.output import Output
from sandbox.world import APP_UUID
from tests.deploy.play import IMAGE, Play, deployed

if TYPE_CHECKING:
    from deploy.deploys.outcomes import Deployed

LOOK = f"docker ps --no-trunc --filter label=com.docker.compose.project={APP_UUID}"


def digest(play: Play, sha: str) -> str:
    shipped = play.outside.registry.find(story.IMAGE, sha)
    assert shipped is not None
    return shipped.digest


def ship_past_fisk(play: Play, sha: str) -> None:
    """Somebody starts another image by hand, which is as healthy."""
    shipped = play.outside.registry.find(story.IMAGE, sha)
    assert shipped is not None
    play.outside.host.running["app"] = Container.of(shipped)


async def look(play: Play, tag: str = story.RUNS) -> Proof | Unknown:
    return await ask("The host", proof(play.world, play.world.targets.named("app"), tag))


# --- looking


async def test_what_runs_is_proven_by_its_digest(play: Play) -> None:
    assert await look(play) == Proof("proven", digest(play, story.RUNS))


async def test_an_index_is_proven_by_the_digest_that_its_tag_names(play: Play) -> None:
    ship_past_fisk(play, story.MULTI_ARCH)
    assert await look(play, story.MULTI_ARCH) == Proof("proven", digest(play, story.MULTI_ARCH))


async def test_what_somebody_deployed_past_fisk_is_named_by_its_digest_and_its_commit(play: Play) -> None:
    ship_past_fisk(play, story.BUILT)
    assert await look(play) == Proof("something else", digest(play, story.BUILT), sha=story.BUILT)


async def test_an_image_that_no_registry_knows_is_something_else(play: Play) -> None:
    play.outside.host.running["app"] = Container(story.RUNS, "sha256:0", healthy=True)
    play.outside.hosts.forgets_digests = True
    assert await look(play) == Proof("something else")


async def test_another_repositorys_image_is_something_else(play: Play) -> None:
    ship_past_fisk(play, story.BUILT)
    play.outside.hosts.repository = "ghcr.io/else/app"
    assert await look(play) == Proof("something else", f"ghcr.io/else/app@{digest(play, story.BUILT)}")


@pytest.mark.parametrize("containerd", [False, True])
async def test_an_image_without_its_digests_is_known_by_its_id(play: Play, *, containerd: bool) -> None:
    play.outside.hosts.forgets_digests, play.outside.hosts.containerd = True, containerd
    assert await look(play) == Proof("proven", digest(play, story.RUNS))


async def test_a_build_that_ran_again_leaves_what_runs_as_it_is(play: Play) -> None:
    """The tag names another digest since; the one that was judged is what runs."""
    judged = digest(play, story.RUNS)
    play.outside.registry.push(story.IMAGE, [story.RUNS], story.RUNS, created=60, at=10**9)
    assert await look(play, judged) == Proof("proven", judged)


async def test_a_container_with_a_name_of_its_own_is_found_by_its_label(play: Play) -> None:
    play.outside.host.names["app"] = "fiskai-web"
    assert await look(play) == Proof("proven", digest(play, story.RUNS))


async def test_one_repository_in_two_spellings_is_one(play: Play) -> None:
    play.outside.hosts.repository = "GHCR.io/Wandeon/FiskAI-app"
    assert await look(play) == Proof("proven", digest(play, story.RUNS))


async def test_one_of_several_digests_of_an_image_is_enough(play: Play) -> None:
    known = f'["{IMAGE}@sha256:0", "{IMAGE}@{digest(play, story.RUNS)}"]\n'
    play.outside.hosts.vps01.trouble("docker image inspect", Output(known))
    assert await look(play) == Proof("proven", digest(play, story.RUNS))


async def test_where_the_registry_has_the_tag_no_more_nothing_is_proven(play: Play) -> None:
    play.outside.registry.untag(story.IMAGE, story.RUNS)
    assert await look(play) == Unknown(f"the registry has no tag {story.RUNS}")


async def test_a_digest_that_coolify_pins_is_what_must_run(play: Play) -> None:
    runs, other = digest(play, story.RUNS), digest(play, story.BUILT)
    play.outside.registry.untag(story.IMAGE, story.RUNS)
    assert await look(play, runs) == Proof("proven", runs)
    assert await look(play, other) == Proof("something else", runs, sha=story.RUNS)


async def test_without_a_host_nothing_is_proven(play: Play) -> None:
    target = replace(play.world.targets.named("app"), host="")
    found = await proof(play.world, target, story.RUNS)
    assert found == Unknown("fisk.toml names no host for app")


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ((), f"no container of {APP_UUID} on vps01"),
        ((f"{APP_UUID}-1", f"{APP_UUID}-2"), f"2 containers of {APP_UUID} on vps01"),
    ],
)
async def test_none_or_several_containers_prove_nothing(play: Play, names: tuple[str, ...], why: str) -> None:
    printed = Output("".join(f"0 {name}\n" for name in names))
    for _ in range(1 if names else 2):  # where no container has the label, they are looked for by name
        play.outside.hosts.vps01.trouble("docker ps", printed)
    assert await look(play) == Unknown(why)


async def test_a_container_that_goes_away_meanwhile_proves_nothing(play: Play) -> None:
    gone = Output("[]\n", "Error: No such container: 0\n", 1)
    play.outside.hosts.vps01.trouble("docker inspect", gone)
    found = await look(play)
    assert found == Unknown(f"the container of {APP_UUID} is just going away")


async def test_a_host_that_says_no_proves_nothing(play: Play) -> None:
    daemon = (
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
    )
    play.outside.hosts.vps01.trouble("docker ps", Output("", f"{daemon}\n", 1))
    found = await look(play)
    assert isinstance(found, Unknown)
    assert daemon.rstrip("?") in found.why


@pytest.mark.parametrize(
    ("name", "of_it"),
    [(APP_UUID, True), (f"{APP_UUID}-181512", True), (f"{APP_UUID}-pr-7", False), (f"x-{APP_UUID}", False)],
)
def test_coolify_names_a_container_after_the_application(play: Play, name: str, *, of_it: bool) -> None:
    assert is_of(play.world.targets.named("app"), name) is of_it


async def test_docker_says_what_is_no_list(play: Play) -> None:
    play.outside.hosts.vps01.trouble("docker image inspect", Output("<html>"))
    docker = Docker(play.world.systems.hosts["vps01"])
    with pytest.raises(Exception, match="docker said no list"):
        await docker.digests("sha256:0")


# --- deploying


async def test_a_deploy_ends_proven_and_records_it(play: Play) -> None:
    outcome = deployed(await play.deploy("3f2a1b9"))
    assert (outcome.proof, outcome.digest) == ("digest", digest(play, story.BUILT))
    newest = (await play.world.memory.history.releases("app"))[0]
    assert (newest.sha, newest.digest, newest.proof) == (story.BUILT, digest(play, story.BUILT), "digest")


async def test_finished_with_another_image_is_a_failure_and_is_put_back(play: Play) -> None:
    """Coolify says finished, the app is healthy, and yet the container runs something else."""
    play.journal.at["prove"] = lambda: ship_past_fisk(play, story.MULTI_ARCH)
    outcome = await play.deploy("3f2a1b9")
    assert isinstance(outcome, PutBack), outcome
    short = digest(play, story.MULTI_ARCH)[:19]
    assert outcome.error.sentence == (
        f"Coolify says that 3f2a1b9 is deployed, but by vps01 it is {story.MULTI_ARCH[:7]} ({short}…)."
    )
    assert (outcome.error.code, outcome.redeployed, play.runs) == ("other_image", True, story.RUNS)


async def test_a_host_that_cannot_be_asked_is_no_failure_but_said(play: Play) -> None:
    play.journal.at["prove"] = lambda: play.outside.hosts.vps01.trouble(LOOK, hang_up=True)
    outcome: Deployed = deployed(await play.deploy("3f2a1b9"))
    assert (outcome.proof, "was lost while" in outcome.unproven) == ("not proven", True)
    assert (await play.world.memory.history.releases("app"))[0].proof == "health"


async def test_a_rollback_is_proven_too(play: Play) -> None:
    await play.deploy("3f2a1b9")
    assert deployed(await play.rollback()).proof == "digest"
