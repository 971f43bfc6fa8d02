"""Latency of a command on a host, and of detecting a restarted BuildKit; with Debian's sshd and a fake port."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import paramiko

from bench.harness import Measured, alternate, bench, medians
from deploy.buildkit.ready import ready
from deploy.core.timeouts import Timeouts
from deploy.systems.buildkit import BuildKit
from deploy.systems.hosts import BuildKitSpec
from deploy.systems.ssh import Ssh
from sandbox.ports import free_port
from tests.real.sshd import Sshd

COMMANDS = 20
ROUNDS = 15
RESTARTS = 15
SSHD = Path("/usr/sbin/sshd")
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
# `docker` on the host: fails while BuildKit is down, then lists a worker.
DOCKER = """#!/bin/sh
[ -e {up} ] || {{ echo "error: connection refused" >&2; exit 1; }}
printf 'ID\\tPLATFORMS\\nw1\\tlinux/arm64\\n'
"""


@contextmanager
def sshd() -> Iterator[Sshd]:
    """Debian's sshd on this machine, with new keys."""
    with tempfile.TemporaryDirectory() as folder:
        tools = Path(folder) / "tools"
        tools.mkdir()
        server = Sshd(Path(folder), "127.0.0.1", free_port(), tools=tools)
        server.make_keys()
        server.start()
        try:
            yield server
        finally:
            server.stop()


def bare(server: Sshd) -> paramiko.SSHClient:
    """paramiko's usual client, with TCP_NODELAY."""
    client = paramiko.SSHClient()
    client.load_host_keys(str(server.known_hosts))
    client.connect(server.address, server.port, "root", key_filename=str(server.key), allow_agent=False)
    transport = client.get_transport()
    assert transport is not None
    transport.sock.setsockopt(6, 1, 1)  # type: ignore[union-attr]  # IPPROTO_TCP, TCP_NODELAY
    return client


def missing() -> str:
    if os.geteuid() != 0:
        return "needs root"
    return "" if SSHD.exists() else "needs Debian's openssh-server"


@bench("a command on a host", "ms", short="ssh", seconds=3, bound=1.3, better="lower")
async def command() -> Measured:
    """`true` on an open connection, from the call to its exit status; against bare paramiko."""
    if why := missing():
        return Measured(0, note=why, judged=False)
    with sshd() as server:
        ssh, client = Ssh(server.host()), bare(server)

        async def ours() -> float:
            begun = time.perf_counter()
            for _ in range(COMMANDS):
                assert (await ssh.run(["true"])).status == 0
            return (time.perf_counter() - begun) / COMMANDS * 1000

        async def rival() -> float:
            begun = time.perf_counter()
            for _ in range(COMMANDS):
                _, out, err = client.exec_command("true")
                out.read(), err.read()
                assert out.channel.recv_exit_status() == 0
            return (time.perf_counter() - begun) / COMMANDS * 1000

        measured = await alternate(ours, rival, ROUNDS)
        client.close()
        await ssh.aclose()
        return measured


@asynccontextmanager
async def waking(port: int, up: Path, after: float) -> AsyncIterator[list[float]]:
    """A port that speaks HTTP/2 and a host that lists workers after `after` seconds; yields when that was."""
    woke: list[float] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if woke:
            await reader.read(64)
            writer.write(SETTINGS)
        writer.close()

    async def wake() -> None:
        await asyncio.sleep(after)
        up.touch()  # noqa: ASYNC240 (it takes microseconds, and the moment counts)
        woke.append(time.time())

    async with await asyncio.start_server(serve, "127.0.0.1", port):
        alarm = asyncio.create_task(wake())
        yield woke
        await alarm


class Silent:
    """The part of an operation that `ready` needs."""

    async def report(self, _text: str) -> None:
        pass

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Patient:
    timeouts = Timeouts()


@bench("BuildKit is ready, seen after", "ms", short="buildkit", seconds=8, bound=300, better="lower")
async def ready_seen() -> Measured:
    """From BuildKit's first answer to fisk's detection of it; no rival."""
    if why := missing():
        return Measured(0, note=why, judged=False)
    with sshd() as server:
        up, port = server.folder / "up", free_port()
        docker = server.folder / "tools" / "docker"
        docker.write_text(DOCKER.format(up=up))
        docker.chmod(0o755)
        ssh = Ssh(server.host())
        buildkit = BuildKit(BuildKitSpec("vps01", address="127.0.0.1", port=port), ssh)
        late = []
        for number in range(RESTARTS):
            up.unlink(missing_ok=True)
            async with waking(port, up, 0.3 + number * 0.017) as woke:
                seen = await ready(Patient(), Silent(), buildkit)  # type: ignore[arg-type]
                late.append((seen.at - woke[0]) * 1000)
        await ssh.aclose()
        return medians(late, note=f"at worst {max(late):.0f} ms")
