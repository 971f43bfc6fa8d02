"""The workers' project on its host: compose's own behaviour, and what it leaves behind when it is cut off."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.systems.hosts import Host
from deploy.systems.ssh import Ssh
from sandbox import workers_story
from sandbox.compose import files
from sandbox.compose.edition import V1, V2
from sandbox.output import HungUp, Output
from sandbox.world import World
from tests.sandbox.workers import SERVICES, VARIABLES, Workers, everywhere
from tests.waiting import until

RUNS, BUILT = workers_story.RUNS, workers_story.BUILT


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    async with World(speed=0) as world:
        yield Workers(world)


async def test_when_the_story_begins_five_containers_run_one_older_commit(workers: Workers) -> None:
    seen = await workers.seen()
    assert await workers.commits() == everywhere(RUNS)
    assert {name: each["State"]["Health"] for name, each in seen.items()} == {
        **dict.fromkeys(SERVICES),
        "scans": "healthy",
    }
    assert {each["Name"] for each in seen.values()} == {f"/fiskai-workers-{name}-1" for name in SERVICES}
    assert {each["Config"]["Image"] for each in seen.values()} == {
        f"ghcr.io/{image}:{RUNS}" for image in workers_story.IMAGES
    }
    assert {each["HostConfig"]["RestartPolicy"]["Name"] for each in seen.values()} == {"unless-stopped"}


@pytest.mark.parametrize("edition", [V1, V2], ids=lambda edition: edition.command)
async def test_a_deploy_by_hand_makes_every_container_anew_and_doing_it_twice_none(
    workers: Workers, edition: Any
) -> None:
    workers.compose.installed = {edition.command}
    assert (await workers.set(BUILT)).out == f"IMAGE_TAG={BUILT}\nEXPECTED_GIT_SHA={BUILT}\n"
    assert await workers.does("pull", "--quiet", command=edition.command) == Output()
    assert (await workers.up(command=edition.command)).status == 0
    assert await workers.commits() == everywhere(BUILT)
    before = await workers.seen()
    assert await workers.up(command=edition.command) == Output()
    assert {name: each["Id"] for name, each in (await workers.seen()).items()} == {
        name: each["Id"] for name, each in before.items()
    }
    for each in before.values():
        digests = await workers.run(
            "docker", "image", "inspect", "--format", "{{json .RepoDigests}}", each["Image"]
        )
        image = each["Config"]["Image"].removeprefix("ghcr.io/").partition(":")[0]
        shipped = workers.world.registry.find(image, BUILT)
        assert shipped is not None
        assert json.loads(digests.out) == [f"ghcr.io/{image}@{shipped.digest}"]


@pytest.mark.parametrize("command", ["docker compose", "docker-compose"])
async def test_which_compose_is_there_is_told_by_its_version(workers: Workers, command: str) -> None:
    other = "docker-compose" if command == "docker compose" else "docker compose"
    workers.compose.installed = {command}
    found = await workers.run(*command.split(), "version")
    missing = await workers.run(*other.split(), "version")
    assert (found.status, "version" in found.out, missing.status != 0) == (0, True, True)


@pytest.mark.parametrize(("edition", "status"), [(V1, 1), (V2, 14)], ids=["1.29", "v2"])
async def test_a_relative_file_is_looked_for_in_the_home_of_who_logs_in(
    workers: Workers, edition: Any, status: int
) -> None:
    workers.compose.installed = {edition.command}
    said = await workers.does("config", "--services", command=edition.command, file=files.FILE)
    assert (said.status, f"/home/admin/{files.FILE}" in said.err) == (status, True)
    found = await workers.does("config", "--services", command=edition.command)
    assert set(found.out.split()) == set(SERVICES)


@pytest.mark.parametrize(("edition", "status"), [(V1, 1), (V2, 18)], ids=["1.29", "v2"])
async def test_an_unknown_tag_cannot_be_pulled_and_nothing_changes(
    workers: Workers, edition: Any, status: int
) -> None:
    workers.compose.installed = {edition.command}
    await workers.set("1234567")
    before = await workers.seen()
    for verb in (("pull", "--quiet"), ("up", "--detach")):
        said = await workers.does(*verb, command=edition.command)
        assert (said.status, "manifest unknown" in said.err) == (status, True)
    assert await workers.seen() == before


async def test_a_pull_may_fail_otherwise(workers: Workers) -> None:
    workers.compose.images.fails = "toomanyrequests: rate limit exceeded"
    said = await workers.does("pull", "--quiet", "receipts")
    assert (said.status, said.err.splitlines()[-1]) == (18, "toomanyrequests: rate limit exceeded")


async def test_a_worker_whose_commit_is_not_the_wanted_one_is_restarted_again_and_again(
    workers: Workers,
) -> None:
    heard = f"EXPECTED_GIT_SHA={BUILT}\n"
    await workers.run("fisk-compose", "write", str(workers.folder), "EXPECTED_GIT_SHA", heard=heard)
    assert (await workers.up()).status == 0
    first, second = [(await workers.seen())["receipts"] for _ in range(2)]
    assert (first["State"]["Status"], first["State"]["ExitCode"]) == ("restarting", 1)
    assert second["RestartCount"] > first["RestartCount"]
    said = await workers.run("docker", "logs", "--timestamps", "--tail", "1", second["Id"])
    assert f"expected {BUILT}, but this image is {RUNS}" in said.err
    asked = await workers.run("docker", "exec", second["Id"], "printenv", "GIT_SHA")
    assert (asked.status, "is restarting" in asked.err) == (1, True)


async def test_a_commit_whose_worker_crashes_comes_up_nowhere(workers: Workers) -> None:
    await workers.set(workers_story.CRASHES)
    assert (await workers.up()).status == 0
    assert await workers.states() == everywhere("restarting")


async def test_one_container_may_crash_and_another_be_sick(workers: Workers) -> None:
    workers.compose.containers.crashes, workers.compose.containers.sick = {"letters"}, {"scans"}
    await workers.set(BUILT)
    await workers.up()
    assert await workers.states() == {**everywhere("running"), "letters": "restarting"}
    assert (await workers.seen())["scans"]["State"]["Health"] == "unhealthy"


async def test_a_health_check_takes_its_time(workers: Workers) -> None:
    await workers.set(BUILT)
    workers.compose.containers.checked_after = 3600
    await workers.up()
    assert (await workers.seen())["scans"]["State"]["Health"] == "starting"
    workers.compose.containers.service(files.NAME, "scans").checked = 0
    assert (await workers.seen())["scans"]["State"]["Health"] == "healthy"


async def test_services_are_chosen_with_what_they_need_unless_told_otherwise(workers: Workers) -> None:
    await workers.set(BUILT)
    await workers.up("reports")
    assert await workers.commits() == {**everywhere(RUNS), "reports": BUILT, "invoices": BUILT}
    await workers.up("--no-deps", "scans")
    assert [name for name, sha in (await workers.commits()).items() if sha == RUNS] == ["receipts", "letters"]
    assert (await workers.up("nobody")).err == "no such service: nobody\n"


async def test_what_compose_would_keep_is_made_anew_when_forced(workers: Workers) -> None:
    workers.compose.containers.keeps = {"receipts"}
    await workers.set(BUILT)
    await workers.up()
    assert await workers.commits() == {**everywhere(BUILT), "receipts": RUNS}
    await workers.up("--force-recreate", "receipts")
    assert await workers.commits() == everywhere(BUILT)


async def test_a_tag_that_moved_counts_once_it_is_pulled(workers: Workers) -> None:
    registry, image = workers.world.registry, workers_story.IMAGES[0]
    newer = registry.find(image, BUILT)
    assert newer is not None
    registry.tag(image, RUNS, newer.digest, at=workers.world.clock.elapsed)
    await workers.up()
    assert await workers.commits() == everywhere(RUNS)
    await workers.does("pull", "--quiet")
    await workers.up()
    assert {
        name: each for name, each in (await workers.states()).items() if each != "running"
    } == dict.fromkeys(("receipts", "invoices", "reports"), "restarting")


async def test_a_service_that_left_the_file_goes_only_when_orphans_are_removed(workers: Workers) -> None:
    told = (workers.folder / files.FILE).read_text()
    (workers.folder / files.FILE).write_text(told[: told.index("  letters:")])
    await workers.does("up", "--detach")
    assert set(await workers.states()) == set(SERVICES)
    await workers.up()
    assert set(await workers.states()) == set(SERVICES) - {"letters"}


async def test_one_that_was_stopped_is_started_again(workers: Workers) -> None:
    before = await workers.seen()
    workers.machine.docker.stopping = 0
    await workers.run("docker", "stop", "fiskai-workers-invoices-1")
    assert (await workers.states())["invoices"] == "exited"
    assert "invoices-1  Started" in (await workers.up()).err
    assert (await workers.seen())["invoices"]["Id"] == before["invoices"]["Id"]


async def test_a_variable_that_nobody_sets_is_empty_and_compose_warns(workers: Workers) -> None:
    (workers.folder / ".env").write_text("IMAGE_TAG=\n")
    said = await workers.does("config", "--services")
    assert said.err.count("variable is not set. Defaulting to a blank string.") == 2
    project_of = workers.compose.containers
    await workers.up()
    assert project_of.service(files.NAME, "receipts").image == "ghcr.io/wandeon/fiskai-worker:latest"


async def test_images_for_another_processor_do_not_start(workers: Workers) -> None:
    workers.machine.processor = "aarch64"
    await workers.up("--force-recreate")
    said = await workers.run("docker", "logs", "fiskai-workers-scans-1")
    assert said.err == "exec /usr/local/bin/docker-entrypoint.sh: exec format error\n"


async def test_while_an_up_is_under_way_nobody_else_gets_the_lock(workers: Workers) -> None:
    await workers.set(BUILT)
    workers.compose.goes.clear()
    begun = asyncio.create_task(workers.up())
    held = ("flock", "--nonblock", "--conflict-exit-code", "75", str(workers.folder), "true")
    await until(lambda: _status(workers, held, 75))
    assert await workers.up() == Output(status=75)
    assert (await workers.set(RUNS)).status == 75
    workers.compose.goes.set()
    assert (await begun).status == 0
    assert (await workers.run(*held)).status == 0


async def _status(workers: Workers, words: tuple[str, ...], status: int) -> bool:
    return (await workers.run(*words)).status == status


@pytest.mark.parametrize("survives", [False, True])
async def test_a_connection_lost_in_the_middle_leaves_some_made_anew_and_some_not(
    workers: Workers, *, survives: bool
) -> None:
    await workers.set(BUILT)
    workers.compose.cut_after, workers.compose.survives = 2, survives
    with pytest.raises(HungUp):
        await workers.up()
    if survives:
        await until(lambda: _all_run(workers, BUILT))
    else:
        states, found = list((await workers.states()).values()), list((await workers.commits()).values())
        assert (states.count("running"), found.count(BUILT), found.count(RUNS)) == (4, 2, 2)
    assert (await workers.up()).status == 0
    assert await workers.commits() == everywhere(BUILT)


async def _all_run(workers: Workers, sha: str) -> bool:
    return await workers.commits() == everywhere(sha)


async def test_over_ssh_the_helper_reads_what_is_sent_and_no_secret_leaves(workers: Workers) -> None:
    hosts = workers.world.hosts
    host = Host(
        "vps", "127.0.0.1", "admin", hosts.sshd["vps"].port, str(hosts.key("vps")), str(hosts.known_hosts)
    )
    ssh = Ssh(host)
    heard = f"IMAGE_TAG={BUILT}\nEXPECTED_GIT_SHA={BUILT}\n"
    said = await ssh.run(["fisk-compose", "write", str(workers.folder), *VARIABLES], send=heard)
    assert (said.status, said.out) == (0, heard)
    told = [await ssh.run(["docker", "ps", "--all", "--format", "{{.Names}}"]), await workers.up()]
    told += [Output(json.dumps(await workers.seen()))]
    assert files.SECRET not in f"{said}{told}"
    assert files.SECRET in (workers.folder / ".env").read_text()
    receipts = workers.compose.containers.service(files.NAME, "receipts")
    assert files.SECRET in receipts.variables["DATABASE_URL"]
    await ssh.aclose()
