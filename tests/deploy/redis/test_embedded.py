"""The embedded Valkey: shared, found again, stopped by its last user, and never two on one folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.core import errors
from deploy.redis import embedded
from tests.deploy.conftest import Opened, reachable
from tests.waiting import until

OTHER = """
import asyncio, sys
from pathlib import Path
from deploy.redis.connect import connect

async def main():
    state = await connect("", Path(sys.argv[1]))
    await state.ask("SET", "{fisk}:from", "another process")
    print("connected", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await state.aclose()

asyncio.run(main())
"""


def another(folder: Path) -> subprocess.Popen[str]:
    """Another process that uses the folder's server, until its stdin is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "connected\n"
    return process


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate()


async def gone(pid: int) -> None:
    """Wait until no such process runs; one that nobody has waited for yet does not run either."""

    async def is_gone() -> bool:
        return not _runs(pid)

    await until(is_gone)


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def _there(path: Path) -> bool:
    return path.exists()


def _runs(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


async def test_the_last_to_leave_stops_it_and_the_data_stays(tmp_path: Path, opened: Opened) -> None:
    state = await opened()
    pid = embedded.Server(tmp_path).pid
    await state.ask("SET", "{fisk}:x", "kept")
    await state.aclose()
    assert not _runs(pid)
    state = await opened()
    assert await state.ask("GET", "{fisk}:x") == "kept"
    await state.aclose()


async def test_two_processes_share_one_server(tmp_path: Path, opened: Opened) -> None:
    other = another(tmp_path)
    state = await opened()
    assert await state.ask("GET", "{fisk}:from") == "another process"
    leave(other)
    await state.ping()
    await state.aclose()


async def test_a_server_outlives_kill_9_of_who_started_it_and_is_found_again(
    tmp_path: Path, opened: Opened
) -> None:
    other = another(tmp_path)
    pid = embedded.Server(tmp_path).pid
    other.kill()
    leave(other)
    assert _runs(pid)
    state = await opened()
    assert embedded.Server(tmp_path).pid == pid
    assert await state.ask("GET", "{fisk}:from") == "another process"
    await state.aclose()
    await gone(pid)


async def test_what_was_acknowledged_survives_kill_9_of_the_server(tmp_path: Path, opened: Opened) -> None:
    state = await opened()
    await state.ask("SET", "{fisk}:x", "kept")
    os.kill(embedded.Server(tmp_path).pid, signal.SIGKILL)
    await reachable(state)
    assert await state.ask("GET", "{fisk}:x") == "kept"
    await state.aclose()


async def test_a_server_that_nobody_uses_any_more_can_be_ended(tmp_path: Path, opened: Opened) -> None:
    state = await opened()
    pid = embedded.Server(tmp_path).pid
    embedded.Server(tmp_path).end()
    await state.ping()  # in use, so it goes on
    left, state._server = state._server, None
    assert left
    await state.aclose()
    assert left._users is not None
    os.close(left._users)  # as the kernel does for whoever is killed
    embedded.Server(tmp_path).end()
    await gone(pid)


async def test_a_stopped_server_does_not_get_a_second_one_over_its_folder(
    tmp_path: Path, opened: Opened
) -> None:
    state = await opened()
    pid = embedded.Server(tmp_path).pid
    os.kill(pid, signal.SIGSTOP)
    try:
        await state.revive()
        assert embedded.Server(tmp_path).pid == pid
    finally:
        os.kill(pid, signal.SIGCONT)
    await state.aclose()


async def test_a_folder_too_deep_for_a_socket_gets_one_elsewhere(tmp_path: Path, opened: Opened) -> None:
    deep = tmp_path / ("deep" * 30)
    state = await opened(deep)
    path = Path(embedded.Server(deep).socket)
    assert len(str(path)) <= embedded.LONGEST_SOCKET
    assert _mode(path.parent) == 0o700
    again = await opened(deep)
    await again.ping()
    await again.aclose()
    await state.aclose()
    assert not _there(path.parent)


async def test_a_folder_that_cannot_be_used_is_named_as_the_setting(tmp_path: Path, opened: Opened) -> None:
    (tmp_path / "state").write_text("not a folder")
    with pytest.raises(errors.BadSettings) as refusal:
        await opened(tmp_path / "state")
    assert str(refusal.value) == (
        f"The settings do not fit: FISK_STATE: {tmp_path}/state/valkey cannot be used: Not a directory."
    )


async def test_a_server_that_cannot_start_is_told_of_with_its_log(tmp_path: Path, opened: Opened) -> None:
    (tmp_path / "valkey").mkdir()
    (tmp_path / "valkey" / "appendonlydir").write_text("not a folder")
    with pytest.raises(errors.StateUnavailable, match=r"does not come up; see .*valkey\.log"):
        await opened()


async def test_nobody_but_its_owner_may_use_the_socket_and_there_is_no_port(
    tmp_path: Path, opened: Opened
) -> None:
    state = await opened()
    assert _mode(Path(embedded.Server(tmp_path).socket)) == 0o700
    assert await state.redis.config_get("port", "appendfsync") == {"port": "0", "appendfsync": "always"}
    await state.aclose()
