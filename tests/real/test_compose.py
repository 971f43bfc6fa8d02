"""Workers that compose runs, on a real Docker engine: Debian's docker-compose 1.29, its registry and its sshd."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.deploys.outcomes import Deployed, PutBack
from deploy.systems.compose import Compose
from deploy.systems.docker import WORKER, Docker
from deploy.systems.github import GitHub
from deploy.systems.http import Http
from deploy.systems.registry import Registry
from deploy.systems.ssh import Ssh
from sandbox import workers_story
from sandbox.compose import files
from tests.deploy.play import TIMEOUTS, Play
from tests.real.registry import URL, RealRegistry
from tests.real.workers import COMMITS, IMAGES, RealWorkers
from tests.waiting import until
from tests.worlds import with_systems, with_targets

if TYPE_CHECKING:
    from deploy.redis.connect import State
    from deploy.world import World
    from sandbox.world import World as Sandbox
    from tests.real.conftest import RealMachine

pytestmark = [
    pytest.mark.root,
    pytest.mark.usefixtures("machine"),  # before the sandbox, which then stands where fisk runs
    pytest.mark.debian(
        *("openssh-server", "docker.io", "docker-compose", "docker-registry"),
        *("iproute2", "iptables", "busybox-static"),
    ),
    pytest.mark.timeout(300),
]

RUNS, BUILT, CRASHES = COMMITS
SERVICES = ("invoices", "letters", "receipts", "reports", "scans")
PATIENT = replace(TIMEOUTS, poll=0.2, healthy_within=40, deploy_within=120)


def set_to(sha: str) -> dict[str, str]:
    return {"IMAGE_TAG": sha, "EXPECTED_GIT_SHA": sha}


@pytest.fixture(scope="module")
def workers(real_machine: RealMachine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWorkers]:
    """The project with nothing running."""
    folder = tmp_path_factory.mktemp("workers")
    registry = RealRegistry(folder, real_machine.namespaces)
    workers = RealWorkers(real_machine, folder)
    try:
        registry.start()
        workers.install()
        yield workers
    finally:
        real_machine.docker.docker(
            "network", "prune", "--force"
        )  # the project's bridge is none of other tests'
        real_machine.sshd.authorize()
        registry.stop()


@pytest.fixture
async def compose(machine: RealMachine, workers: RealWorkers) -> AsyncIterator[Compose]:
    """What fisk has in hand, while the workers' first commit runs."""
    assert machine.docker.docker("ps", "--quiet") == ""
    ssh = Ssh(workers.locked_down(), connect_within=20)
    compose = Compose(Docker(ssh), workers.target)
    await compose.write(set_to(RUNS))
    await compose.pull(SERVICES, 60)
    await compose.up(SERVICES, 60)
    yield compose
    await ssh.aclose()


@pytest.fixture
async def play(outside: Sandbox, state: State, compose: Compose, workers: RealWorkers) -> AsyncIterator[Play]:
    """GitHub is the sandbox's; the workers' host, Docker, compose and registry are real."""
    workers.tell_of_builds(outside)
    registry, headers = Registry(URL), {"Authorization": f"Bearer {outside.github.token}"}
    http = Http("GitHub", outside.github.url, headers=headers, setting="FISK_GITHUB_TOKEN")

    def with_workers(world: World) -> World:
        ssh = compose.docker.ssh
        systems = with_systems(
            world,
            registry=registry,
            hosts={**world.systems.hosts, "vps": ssh},
            docker={**world.systems.docker, "vps": compose.docker},
            compose={"workers": compose},
            repositories={"workers": GitHub(http, workers_story.REPOSITORY)},
        )
        return with_targets(systems, workers.target)

    play = Play(outside, state, PATIENT, changed=with_workers)
    yield play
    await play.close()
    await registry.aclose()
    await http.aclose()


async def commits(compose: Compose) -> dict[str, str]:
    """By service, what each container says of itself."""
    found = await compose.containers()
    return {each.service: await compose.docker.printed_variable(each.id, "GIT_SHA") for each in found}


def everywhere(sha: str) -> dict[str, str]:
    return dict.fromkeys(SERVICES, sha)


async def test_what_runs_is_read_from_docker_and_no_secret_comes_along(
    compose: Compose, workers: RealWorkers
) -> None:
    assert await compose.command() == ("docker-compose",)
    assert await compose.services() == SERVICES
    assert (await compose.busy(), await compose.variables()) == (False, set_to(RUNS))
    found = await compose.containers()
    assert {each.service: compose.image_of(each) for each in found} == {
        **dict.fromkeys(("receipts", "invoices", "reports"), IMAGES[0]),
        **dict.fromkeys(("scans", "letters"), IMAGES[1]),
    }
    digests = {each.service: await compose.docker.digests(each.image_id) for each in found}
    assert digests == {
        each.service: (f"{compose.image_of(each)}@{workers.digests[compose.image_of(each), RUNS]}",)
        for each in found
    }
    assert await commits(compose) == everywhere(RUNS)
    assert files.SECRET not in str(found)
    assert {each.health for each in found if each.service != "scans"} == {""}

    async def healthy() -> bool:
        return [each.health for each in await compose.containers() if each.service == "scans"] == ["healthy"]

    await until(healthy, 30)


async def test_an_up_that_changes_nothing_makes_nothing_anew_unless_forced(compose: Compose) -> None:
    before = {each.service: each.id for each in await compose.containers()}
    await compose.up(SERVICES, 60)
    assert {each.service: each.id for each in await compose.containers()} == before
    await compose.up(("letters",), 60, anew=True)
    after = {each.service: each.id for each in await compose.containers()}
    assert {name for name in before if after[name] != before[name]} == {"letters"}


async def test_a_tag_that_is_not_there_cannot_be_pulled(compose: Compose) -> None:
    await compose.write(set_to("1234567"))
    with pytest.raises(errors.CommandFailed, match="manifest unknown"):
        await compose.pull(SERVICES, 60)
    assert await commits(compose) == everywhere(RUNS)


async def test_a_worker_whose_commit_is_not_the_wanted_one_is_restarted_again_and_again(
    compose: Compose,
) -> None:
    await compose.write({"IMAGE_TAG": RUNS, "EXPECTED_GIT_SHA": BUILT})
    await compose.up(SERVICES, 60)

    async def restarted() -> bool:
        return all(each.restarts for each in await compose.containers())

    await until(restarted, 30)
    out, err = await compose.docker.stamped_logs((await compose.containers())[0].id, 20)
    assert (f"worker {RUNS} starts" in out, f"expected {BUILT}" in err) == (True, True)


async def test_an_up_whose_connection_is_lost_ends_and_the_next_one_completes_it(
    compose: Compose, workers: RealWorkers
) -> None:
    before = {each.id for each in await compose.containers()}
    await compose.write(set_to(BUILT))
    await compose.pull(SERVICES, 60)
    lost = Ssh(workers.locked_down(), connect_within=20)
    under_way = asyncio.create_task(Compose(Docker(lost), workers.target).up(SERVICES, 60))

    async def begun() -> bool:
        return {each.id for each in await compose.containers()} != before

    await until(begun, 30)
    await lost.aclose()
    with pytest.raises(errors.ConnectionLost):
        await under_way

    async def over() -> bool:
        return not await compose.busy()

    await until(over, 60)
    await compose.up(SERVICES, 60)
    assert await commits(compose) == everywhere(BUILT)
    assert len(await compose.containers()) == len(SERVICES)


async def test_what_one_that_is_gone_leaves_of_the_answer_is_read(compose: Compose) -> None:
    ids = [each.id for each in await compose.containers()]
    found = await compose.docker.containers([*ids[:2], "f" * 64, *ids[2:]], WORKER)
    assert [each.id for each in found] == ids


async def test_the_locked_down_key_gets_nothing_else(compose: Compose, workers: RealWorkers) -> None:
    for line in (
        f"cat {workers.folder}/.env",
        f"fisk-compose read {workers.folder} DATABASE_URL",
        f"docker exec {(await compose.containers())[0].id} printenv DATABASE_URL",
        f"docker-compose --project-directory {workers.folder} config",
    ):
        said = await compose.docker.ssh.run(line.split())
        assert (said.status, said.out) == (126, "")


async def test_a_commit_is_deployed_and_each_container_proven(play: Play, compose: Compose) -> None:
    outcome = await play.deploy(BUILT, "workers")
    assert isinstance(outcome, Deployed), outcome
    assert (outcome.sha, outcome.previous) == (BUILT, RUNS)
    assert await commits(compose) == everywhere(BUILT)
    assert await compose.variables() == set_to(BUILT)


async def test_a_commit_whose_workers_crash_is_put_back(play: Play, compose: Compose) -> None:
    outcome = await play.deploy(CRASHES, "workers")
    assert isinstance(outcome, PutBack), outcome
    assert (outcome.sha, outcome.healthy) == (RUNS, True)
    assert await commits(compose) == everywhere(RUNS)
    assert await compose.variables() == set_to(RUNS)
