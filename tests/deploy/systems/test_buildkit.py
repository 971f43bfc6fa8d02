"""BuildKit and Docker, by the output of their tools."""

from __future__ import annotations

import json

import pytest

from deploy.core import errors
from deploy.systems.buildkit import Answer, BuildKit, parse_disk, parse_listening, parse_workers
from deploy.systems.docker import Container, parse_container
from deploy.systems.host import failure
from deploy.systems.hosts import BuildKitSpec, Host, RunnerSpec
from deploy.systems.runner import RunnerService, Service
from deploy.systems.ssh import Output, Ssh

HOST = Host("vps01", "100.64.123.81", "admin")
SS = """State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess
LISTEN 0      4096   100.64.123.81:1234       0.0.0.0:*
LISTEN 0      128          0.0.0.0:22         0.0.0.0:*
LISTEN 0      4096            [::]:1234          [::]:*
LISTEN 0      4096       127.0.0.1:11234      0.0.0.0:*
"""
WORKERS = """ID\t\t\t\tPLATFORMS
vb0f8v3q\tlinux/arm64,linux/arm/v7,linux/arm/v6
x1\tlinux/arm64
"""
DISK = """ID\tRECLAIMABLE\tSIZE\tLAST ACCESSED
y1l3\ttrue\t454.6MB\t35 seconds ago
Shared:\t\t1.01GB
Private:\t30.46GB
Reclaimable:\t11.92GB
Total:\t\t31.47GB
"""
INSPECTED = {
    "Id": "0a1b",
    "Name": "/buildkitd",
    "Image": "sha256:77",
    "RestartCount": 4,
    "State": {
        "Status": "restarting",
        "ExitCode": 137,
        "Error": "oom",
        "StartedAt": "2026-11-24T11:48:34.123456789Z",
    },
    "Config": {"Image": "moby/buildkit:latest", "Cmd": ["--addr", "tcp://0.0.0.0:1234"]},
    "HostConfig": {
        "Privileged": True,
        "RestartPolicy": {"Name": "unless-stopped"},
        "PortBindings": {
            "1234/tcp": [
                {"HostIp": "100.64.123.81", "HostPort": "1234"},
                {"HostIp": "", "HostPort": "1234"},
            ],
            "9/udp": None,
        },
    },
}


class Played(Ssh):
    """Answers commands from a table; `asked` are those that came."""

    def __init__(self, answers: dict[str, Output]) -> None:
        super().__init__(HOST)
        self.answers = answers
        self.asked: list[list[str]] = []

    async def run(self, argv, *, within=10.0, most=2**20, send=""):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG002
        self.asked.append(list(argv))
        return next(
            (said for words, said in self.answers.items() if words in " ".join(argv)), Output(0, "", "")
        )


def test_the_addresses_on_which_a_host_listens_at_the_port() -> None:
    assert parse_listening(SS, 1234) == ("100.64.123.81:1234", "[::]:1234")


def test_the_platforms_of_all_workers_each_once() -> None:
    assert parse_workers(WORKERS) == ("linux/arm64", "linux/arm/v7", "linux/arm/v6")
    assert parse_workers("ID\tPLATFORMS\n") == ()


def test_the_size_of_the_cache_is_the_total() -> None:
    assert (parse_disk(DISK), parse_disk("")) == ("31.47GB", "")


def test_a_container_as_docker_tells_it() -> None:
    assert parse_container("vps01", json.dumps(INSPECTED)) == Container(
        id="0a1b",
        name="buildkitd",
        state="restarting",
        image="moby/buildkit:latest",
        image_id="sha256:77",
        started=1795520914.123456,
        policy="unless-stopped",
        privileged=True,
        published=("100.64.123.81:1234", "0.0.0.0:1234"),
        arguments=("--addr", "tcp://0.0.0.0:1234"),
        restarts=4,
        exit_code=137,
        error="oom",
        inside=(1234,),
    )


@pytest.mark.parametrize("text", ["", "[]", "<html>", "{}", '"x"', '{"Id": "1"}'])
def test_what_is_no_container_is_not_understood(text: str) -> None:
    with pytest.raises(errors.Unexpected):
        parse_container("vps01", text)


def test_where_docker_says_no_such_container_there_is_none() -> None:
    """Docker 20 says it in one way, Docker 28 in another."""
    for said in ("Error: No such container: x\n", "Error response from daemon: no such container: x\n"):
        assert _container(Output(1, "[]\n", said)) is None
    with pytest.raises(errors.CommandFailed, match="Is the docker daemon running"):
        _container(Output(1, "", "Cannot connect to the Docker daemon. Is the docker daemon running?\n"))


def _container(said: Output) -> Container | None:
    import asyncio  # noqa: PLC0415 (for this one)

    return asyncio.run(
        BuildKit(BuildKitSpec("vps01", "100.64.123.81"), Played({"inspect": said})).container()
    )


async def test_buildctl_is_told_where_the_daemon_listens() -> None:
    """A daemon with --addr has no socket at buildctl's default."""
    ssh = Played({"workers": Output(0, WORKERS, "")})
    await BuildKit(BuildKitSpec("vps01", "100.64.123.81"), ssh).workers()
    assert ssh.asked == [
        ["docker", "exec", "buildkitd", "buildctl", "--addr", "tcp://127.0.0.1:1234", "debug", "workers"]
    ]


async def test_a_port_on_which_nobody_listens_is_no_answer() -> None:
    builder = BuildKit(BuildKitSpec("vps01", address="127.0.0.1", port=1), Played({}))
    assert await builder.answer() == Answer("127.0.0.1:1 from here: connection refused")


@pytest.mark.parametrize(
    ("said", "kind", "sentence"),
    [
        (
            Output(1, "", "a\nError: b.\n"),
            errors.CommandFailed,
            "`docker ps 'a b'` on vps01 failed (1): Error: b.",
        ),
        (Output(2, "out\n", ""), errors.CommandFailed, "`docker ps 'a b'` on vps01 failed (2): out."),
        (Output(3, "", ""), errors.CommandFailed, "`docker ps 'a b'` on vps01 failed (3): it says nothing."),
        (
            Output(1, "", "Error: Get https://ana:pat12@ghcr.io/v2/\n\x1b[0m"),
            errors.CommandFailed,
            "`docker ps 'a b'` on vps01 failed (1): Error: Get https://ana:***@ghcr.io/v2/.",
        ),
        (
            Output(126, "", "fisk-gate: not on the list: x\n"),
            errors.CommandNotAllowed,
            "The key of admin on vps01 is locked down and does not allow `docker ps 'a b'`.",
        ),
    ],
)
def test_a_command_that_fails_is_told_by_its_last_word(
    said: Output, kind: type[errors.HostFailure], sentence: str
) -> None:
    error = failure(Played({}), ["docker", "ps", "a b"], said)
    assert (type(error), str(error)) == (kind, sentence)


async def test_a_service_by_what_systemd_shows() -> None:
    shown = "LoadState=loaded\nActiveState=active\nSubState=running\nInvocationID=\nMainPID=4711\n"
    ssh = Played({"systemctl show": Output(0, shown, "")})
    runner = RunnerService(RunnerSpec("r", "vps", "r.service"), ssh)
    assert await runner.service() == Service("active (running)", "4711")
    await runner.restart()
    assert ssh.asked[-1] == ["sudo", "-n", "systemctl", "restart", "r.service"]


async def test_a_runner_without_a_host_says_which_table_is_missing() -> None:
    with pytest.raises(errors.NotOnAHost, match=r"no table \[runner\] with host and service"):
        await RunnerService(RunnerSpec("r"), None).service()


def test_root_needs_no_sudo() -> None:
    assert Host("h", "a", "root").as_root("iptables", "-S") == ("iptables", "-S")
    assert HOST.as_root("iptables", "-S") == ("sudo", "-n", "iptables", "-S")
