"""fisk's ssh client against Debian's sshd with real keys: results, and each possible error."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.systems.ssh import Output, Ssh
from sandbox.ports import free_port
from tests.real.sshd import Sshd
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.systems.hosts import Host

pytestmark = [pytest.mark.root, pytest.mark.debian("openssh-server")]

GATE = Path(__file__).parents[2] / "docs" / "install" / "fisk-gate"


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    server = Sshd(tmp_path_factory.mktemp("sshd"), "127.0.0.1", free_port())
    server.make_keys()
    server.start()
    yield server
    server.stop()


@asynccontextmanager
async def opened(host: Host, within: float = 20) -> AsyncIterator[Ssh]:
    ssh = Ssh(host, connect_within=within, login_within=within)
    try:
        yield ssh
    finally:
        await ssh.aclose()


@pytest.fixture
async def ssh(sshd: Sshd) -> AsyncIterator[Ssh]:
    async with opened(sshd.host()) as ssh:
        yield ssh


async def failure(host: Host, within: float = 20) -> errors.HostFailure:
    """Why one cannot log in."""
    async with opened(host, within) as ssh:
        with pytest.raises(errors.HostFailure) as caught:
            await ssh.run(["true"])
    return caught.value


# --- commands


async def test_a_command_gives_its_status_and_both_streams(ssh: Ssh) -> None:
    assert await ssh.run(["sh", "-c", "echo out; echo err >&2; exit 3"]) == Output(3, "out\n", "err\n")


async def test_arguments_arrive_as_they_are(ssh: Ssh) -> None:
    odd = ["a b", "$HOME", "`id`", "'", '"', "; reboot", "*", "", "\\", "ž\n2"]
    said = await ssh.run(["printf", "%s|", *odd])
    assert said.out == "".join(f"{each}|" for each in odd)


async def test_many_commands_at_once_share_one_connection(ssh: Ssh) -> None:
    said = await asyncio.gather(*(ssh.run(["sh", "-c", f"sleep 0.1; echo {n} $PPID"]) for n in range(40)))
    assert [each.out.split()[0] for each in said] == [str(n) for n in range(40)]
    assert len({each.out.split()[1] for each in said}) == 1


async def test_a_command_that_a_signal_ends_has_no_status(ssh: Ssh) -> None:
    assert (await ssh.run(["sh", "-c", "kill -9 $$"])).status == -1


async def test_a_command_that_takes_too_long_is_given_up(ssh: Ssh) -> None:
    with pytest.raises(errors.CommandTimedOut, match=r"`sleep 60` on vps01 did not end within 0.2 s"):
        await ssh.run(["sleep", "60"], within=0.2)
    assert (await ssh.run(["echo", "on"])).out == "on\n"


@pytest.mark.parametrize("stream", ["", " >&2"])
async def test_too_much_output_is_not_listened_to(ssh: Ssh, stream: str) -> None:
    flood = ["sh", "-c", f"head -c 5000000 /dev/zero{stream}"]
    with pytest.raises(errors.TooMuchOutput, match="said more than 100000 bytes"):
        await ssh.run(flood, most=100_000)
    assert (await ssh.run(["echo", "on"])).out == "on\n"


async def test_a_lot_of_output_arrives_whole(ssh: Ssh) -> None:
    said = await ssh.run(["sh", "-c", "seq 100000; seq 1000 >&2"], most=10**6)
    assert (said.out.splitlines()[-1], said.err.splitlines()[-1]) == ("100000", "1000")


# --- the connection


def told(*words: str) -> str:
    """What a command of this machine says."""
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=30).stdout


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def connections(sshd: Sshd) -> set[int]:
    """The process of each connection."""
    assert sshd.process is not None
    return set(children(sshd.process.pid))


async def test_a_connection_that_is_lost_in_the_middle_leaves_the_end_unknown(sshd: Sshd) -> None:
    async with opened(sshd.host()) as ssh:
        others = connections(sshd)
        await ssh.run(["true"])
        (mine,) = connections(sshd) - others
        running = asyncio.create_task(ssh.run(["sleep", "60"]))

        async def sleeping() -> bool:
            return bool(children(mine))

        await until(sleeping)
        os.kill(mine, signal.SIGKILL)
        with pytest.raises(errors.ConnectionLost, match="while `sleep 60` ran, so its end is not known"):
            await running
        assert (await ssh.run(["echo", "again"])).out == "again\n"


async def test_a_connection_that_was_lost_while_idle_is_opened_again(sshd: Sshd) -> None:
    async with opened(sshd.host()) as ssh:
        others = connections(sshd)
        await ssh.run(["true"])
        (mine,) = connections(sshd) - others
        os.kill(mine, signal.SIGKILL)
        assert (await ssh.run(["echo", "again"])).out == "again\n"


async def test_the_connection_stays_alive_and_sends_small_packets_at_once(ssh: Ssh) -> None:
    await ssh.run(["true"])
    assert ssh._client is not None
    transport = ssh._client.get_transport()
    assert transport is not None
    link = transport.sock
    assert isinstance(link, socket.socket)
    assert link.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert link.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 20_000
    assert transport.packetizer._Packetizer__keepalive_interval == 15  # type: ignore[attr-defined]


async def test_the_keys_of_an_agent_will_do(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = told("ssh-agent", "-s").replace(";", "\n").split()
    facts = dict(word.split("=", 1) for word in agent if "=" in word)
    monkeypatch.setenv("SSH_AUTH_SOCK", facts["SSH_AUTH_SOCK"])
    try:
        none = await failure(replace(sshd.host(), key=""))
        assert (none.code, none.facts["why"]) == ("host_key_refused", "the agent offers none")
        told("ssh-add", "-q", str(sshd.key))
        async with opened(replace(sshd.host(), key="")) as ssh:
            assert (await ssh.run(["echo", "in"])).out == "in\n"
    finally:
        os.kill(int(facts["SSH_AGENT_PID"]), signal.SIGTERM)


# --- each thing that can be wrong


async def test_a_host_key_that_changed(sshd: Sshd, tmp_path: Path) -> None:
    other = Sshd.new_key(tmp_path / "other").split()
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{sshd.port} {other[0]} {other[1]}\n")
    error = await failure(replace(sshd.host(), known_hosts=str(known)))
    assert error.code == "host_key_changed"
    assert f"ssh-keygen -R [127.0.0.1]:{sshd.port} -f {known}" in error.failure.hint


@pytest.mark.parametrize("file", ["", "empty"])
async def test_an_unknown_host(sshd: Sshd, tmp_path: Path, file: str) -> None:
    known = tmp_path / "known_hosts"
    if file:
        known.write_text("")
    error = await failure(replace(sshd.host(), known_hosts=str(known)))
    fingerprint = told("ssh-keygen", "-lf", str(sshd.folder / "host_key.pub")).split()[1]
    assert (error.code, fingerprint in error.failure.hint) == ("host_unknown", True)


async def test_a_wrong_key(sshd: Sshd, tmp_path: Path) -> None:
    Sshd.new_key(tmp_path / "wrong")
    error = await failure(sshd.host(key=tmp_path / "wrong"))
    assert (error.code, "refuses the key of root" in str(error)) == ("host_key_refused", True)


async def test_a_key_with_a_passphrase(sshd: Sshd, tmp_path: Path) -> None:
    Sshd.new_key(tmp_path / "locked", passphrase="correct horse")
    error = await failure(sshd.host(key=tmp_path / "locked"))
    assert (error.code, error.facts["why"]) == ("host_key_unusable", "it has a passphrase")


async def test_a_key_that_is_not_there(sshd: Sshd, tmp_path: Path) -> None:
    error = await failure(sshd.host(key=tmp_path / "nowhere"))
    assert (error.code, error.facts["why"]) == ("host_key_unusable", "there is no such file")


async def test_a_file_that_is_no_key(sshd: Sshd, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a key\n")
    error = await failure(sshd.host(key=tmp_path / "text"))
    assert error.code == "host_key_unusable"


async def test_a_port_on_which_nobody_listens(sshd: Sshd) -> None:
    assert (await failure(replace(sshd.host(), port=free_port()))).code == "host_refused"


async def test_a_port_behind_which_nobody_answers(sshd: Sshd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        error = await failure(replace(sshd.host(), port=mute.getsockname()[1]), within=0.5)
    assert (error.code, str(error)) == ("host_timed_out", "vps01 did not answer within 0.5 s.")


async def test_an_address_without_a_way_to_it(sshd: Sshd) -> None:
    error = await failure(replace(sshd.host(), address="nowhere.invalid"))
    assert error.code == "host_unreachable"


async def test_a_known_hosts_file_that_is_none(sshd: Sshd, tmp_path: Path) -> None:
    error = await failure(replace(sshd.host(), known_hosts=str(tmp_path)))
    assert error.code == "host_unreachable"


# --- a key that is locked down


@pytest.fixture
async def gated(sshd: Sshd, tmp_path: Path) -> AsyncIterator[Ssh]:
    """In by a key that may run no more than the gate lets through."""
    public = Sshd.new_key(tmp_path / "gated")
    allowed = tmp_path / "commands"
    allowed.write_text("# what fisk may do\n\ndate -u +%s\necho 'a b' <id>\necho --tail <n> x\n")
    sshd.authorize(f'restrict,command="{GATE} {allowed}" {public}')
    async with opened(sshd.host(key=tmp_path / "gated")) as ssh:
        yield ssh
    sshd.authorize()


async def test_a_locked_down_key_runs_what_is_on_the_list(gated: Ssh) -> None:
    assert (await gated.run(["date", "-u", "+%s"])).out.strip().isdecimal()
    digits = "0123456789abcdef" * 4
    assert (await gated.run(["echo", "a b", digits])).out == f"a b {digits}\n"
    assert (await gated.run(["echo", "--tail", "20", "x"])).out == "--tail 20 x\n"


@pytest.mark.parametrize(
    "argv",
    [
        ["date", "-u"],
        ["date", "-u", "+%s", "--set=now"],
        ["date", "-u", "+%s;", "reboot"],
        ["date", "-u", "+%s\nreboot"],
        ["echo", "a b", "0123"],
        ["echo", "a b", "0123456789abcdef" * 4 + "$(reboot)"],
        ["echo", "--tail", "99999", "x"],
        ["echo", "--tail", "<n>", "x"],
        ["# what fisk may do"],
        ["sh"],
    ],
)
async def test_and_nothing_else(gated: Ssh, argv: list[str]) -> None:
    said = await gated.run(argv)
    assert (said.status, said.out) == (126, "")
    assert said.err.startswith("fisk-gate: not on the list:")
