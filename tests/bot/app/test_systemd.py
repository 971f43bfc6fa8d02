"""What systemd hears: fisk serves, its loop turns, it stops; and from a loop that hangs nothing."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.app import systemd
from bot.app.settings import PREFIX
from sandbox.ports import free_port
from tests.keys import KEY

if TYPE_CHECKING:
    from sandbox.slack import Slack

ROOT = Path(__file__).parents[3]
BEAT = 0.05  # seconds between two signs of life
TARGET = '[targets.app]\nimage = "127.0.0.1:1/x/app"\napp = "uuid"\nhealth = "http://127.0.0.1:1/health"\n'
LATE = 20.0  # seconds after which a test gives up
WATCHED = {"WATCHDOG_USEC": str(int(BEAT * systemd.BEATS * 1e6))}
# A loop that turns until it is told on standard input, and then hangs until that is closed.
HANGS = """
import asyncio, os, sys
from bot.app.systemd import READY, STOPPING, notify, watched

async def main():
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    loop.add_reader(0, told.set)
    async with watched():
        notify(READY)
        await told.wait()
        loop.remove_reader(0)
        os.read(0, 1)
        print("hangs", flush=True)
        sys.stdin.read()
        print("turns", flush=True)
        await asyncio.sleep(0.2)  # four beats, so that one is heard before the end
    notify(STOPPING)

asyncio.run(main())
"""


class Manager:
    """Stands in for systemd at its end of NOTIFY_SOCKET."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0", 1) if address[0] == "@" else address)
        self._socket.setblocking(False)  # noqa: FBT003 (the method takes no keyword)

    def close(self) -> None:
        self._socket.close()

    def heard(self) -> list[str]:
        """What was said since this was last asked."""
        found = []
        while True:
            try:
                found.append(self._socket.recv(100).decode())
            except BlockingIOError:
                return found

    def hears(self, what: str, *, within: float = LATE) -> bool:
        """Whether that is said within so many seconds."""
        until = time.monotonic() + within
        while (left := until - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                if self._socket.recv(100).decode() == what:
                    return True
            except TimeoutError:
                break
            finally:
                self._socket.setblocking(False)  # noqa: FBT003 (likewise)
        return False


@contextmanager
def manager(address: str) -> Iterator[Manager]:
    it = Manager(address)
    try:
        yield it
    finally:
        it.close()


def test_a_loop_that_hangs_gives_no_sign_of_life_and_one_that_turns_again_does(tmp_path: Path) -> None:
    with manager(str(tmp_path / "notify")) as listening:
        environment = {**os.environ, **WATCHED, "NOTIFY_SOCKET": listening.address, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            [sys.executable, "-c", HANGS], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdin
            assert process.stdout
            assert listening.hears(systemd.READY)
            assert listening.hears(systemd.ALIVE)
            process.stdin.write(b"x")
            process.stdin.flush()
            assert process.stdout.readline() == b"hangs\n"
            listening.heard()
            assert not listening.hears(systemd.ALIVE, within=10 * BEAT)
            process.stdin.close()
            assert process.stdout.readline() == b"turns\n"
            assert listening.hears(systemd.ALIVE)
            assert listening.hears(systemd.STOPPING)


async def test_the_bot_says_when_it_serves_and_when_it_stops(
    slack: Slack, valkey_url: str, tmp_path: Path
) -> None:
    (tmp_path / "fisk.toml").write_text(TARGET)
    with manager(str(tmp_path / "notify")) as listening:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(PREFIX)},
            **slack.environment(),
            **WATCHED,
            "FISK_BIND": f"127.0.0.1:{free_port()}",
            "FISK_CONFIG": str(tmp_path),
            "FISK_GITHUB_REPOSITORY": "x/app",
            "FISK_GITHUB_URL": "http://127.0.0.1:1",
            "FISK_KEY": KEY.get_secret_value(),
            "FISK_REDIS_URL": valkey_url,
            "NOTIFY_SOCKET": listening.address,
            "PYTHONPATH": str(ROOT),
        }
        command = (sys.executable, "-m", "bot", "run")
        process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=subprocess.DEVNULL)
        assert await asyncio.to_thread(listening.hears, systemd.READY)
        assert await asyncio.to_thread(listening.hears, systemd.ALIVE)
        process.terminate()
        assert await asyncio.to_thread(listening.hears, systemd.STOPPING)
        assert await process.wait() == 0
        assert listening.heard() == []


def test_an_abstract_address_is_heard_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with manager(f"@fisk-test-{os.getpid()}") as listening:
        monkeypatch.setenv("NOTIFY_SOCKET", listening.address)
        systemd.notify(systemd.READY)
        assert listening.heard() == [systemd.READY]


@pytest.mark.parametrize("address", ["", "/nowhere/notify"])
def test_where_nobody_listens_nobody_is_told(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    systemd.notify(systemd.READY)


@pytest.mark.parametrize(
    "environment",
    [{}, {"WATCHDOG_USEC": ""}, {"WATCHDOG_USEC": "soon"}, {**WATCHED, "WATCHDOG_PID": "1"}],
)
async def test_where_nobody_waits_for_signs_of_life_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    with manager(str(tmp_path / "notify")) as listening:
        for name, value in {**environment, "NOTIFY_SOCKET": listening.address}.items():
            monkeypatch.setenv(name, value)
        async with systemd.watched():
            for _ in range(2):  # a task that gives signs would have had its turn
                await asyncio.sleep(0)
        assert listening.heard() == []
