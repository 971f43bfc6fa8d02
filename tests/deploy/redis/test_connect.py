"""Every failure of a server is mapped to one error, without a secret in it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvloop
from redis import exceptions

from deploy.core import errors
from deploy.redis import embedded
from deploy.redis.connect import State, connect
from deploy.redis.unavailable import unavailable, why
from sandbox.ports import free_port

if TYPE_CHECKING:
    from tests.deploy.conftest import Opened

EVERY_ERROR = sorted(
    {
        kind
        for kind in vars(exceptions).values()
        if isinstance(kind, type) and issubclass(kind, Exception) and kind.__module__ == exceptions.__name__
    },
    key=lambda kind: kind.__name__,
)


@pytest.mark.parametrize("kind", EVERY_ERROR, ids=lambda kind: kind.__name__)
async def test_every_error_of_redis_py_becomes_state_unavailable(state: State, kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    with pytest.raises(errors.StateUnavailable) as caught, state.answering():
        raise error
    assert caught.value.__cause__ is error
    assert state.shown in str(caught.value)


def test_a_connection_that_ended_before_a_command_is_no_error_of_fisks(valkey_url: str) -> None:
    """uvloop raises a RuntimeError where asyncio's own loop has a ConnectionError."""

    async def write_too_late(state: State) -> None:
        _, writer = await asyncio.open_unix_connection(valkey_url.removeprefix("unix://"))
        writer.transport.abort()
        await asyncio.sleep(0)
        with state.answering():
            writer.writelines([b"PING"])

    async def told() -> errors.StateUnavailable:
        state = await connect(valkey_url, Path())
        with pytest.raises(errors.StateUnavailable) as caught:
            await write_too_late(state)
        await state.aclose()
        return caught.value

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        error = runner.run(told())
    assert isinstance(error.__cause__, RuntimeError)
    assert error.facts["where"].endswith(": no connection")


async def test_other_errors_of_a_program_stay_what_they_are(state: State) -> None:
    with pytest.raises(RuntimeError, match="a slip"), state.answering():
        raise RuntimeError("a slip")


def test_a_reason_never_repeats_what_redis_py_says() -> None:
    secret = "s3cret"
    assert why(exceptions.ResponseError(secret)) == "it answers ResponseError"
    assert secret not in str(unavailable(exceptions.AuthenticationError(secret), "memory:6379"))
    assert secret not in str(unavailable(exceptions.NoPermissionError(secret), "memory:6379"))
    assert why(TimeoutError(secret)) == "no answer in time"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (exceptions.OutOfMemoryError("command not allowed"), errors.MemoryFull),
        (exceptions.ReadOnlyError("You can't write"), errors.MemoryReadOnly),
        (exceptions.ResponseError("MISCONF Valkey is configured to save RDB"), errors.MemoryNotSaving),
        (exceptions.ResponseError("NOREPLICAS Not enough good replicas to write."), errors.MemoryAlone),
    ],
)
def test_why_it_takes_no_writes_is_a_sentence_of_its_own(
    answer: Exception, kind: type[errors.StateUnavailable]
) -> None:
    told = unavailable(answer, "memory:6379")
    assert (type(told), told.facts) == (kind, {"where": "memory:6379"})


async def test_a_full_memory_takes_no_writes_and_still_reads(opened: Opened) -> None:
    """A real server; at the end it has room again."""
    state = await opened()
    await state.ask("CONFIG", "SET", "maxmemory", "1")
    try:
        with pytest.raises(errors.MemoryFull):
            await state.ask("SET", state.key("x"), "1")
        with pytest.raises(errors.MemoryFull):
            await state.run("mutex", (state.key("x"),), "mine", 1000)
        assert await state.ask("GET", state.key("x")) is None
    finally:
        await state.ask("CONFIG", "SET", "maxmemory", "0")


async def test_a_memory_without_its_replicas_takes_no_writes(opened: Opened) -> None:
    state = await opened()
    await state.ask("CONFIG", "SET", "min-replicas-to-write", "1")
    try:
        with pytest.raises(errors.MemoryAlone):
            await state.ask("SET", state.key("x"), "1")
    finally:
        await state.ask("CONFIG", "SET", "min-replicas-to-write", "0")


async def test_nothing_listening_is_said_without_the_credentials(tmp_path: Path) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(errors.StateUnavailable) as caught:
        await connect(f"redis://ana:s3cret@127.0.0.1:{port}", tmp_path)
    assert caught.value.facts == {"where": f"127.0.0.1:{port}: nobody listens there"}


async def test_sentinels_that_nobody_can_reach_are_said_without_their_credentials(tmp_path: Path) -> None:
    place = f"127.0.0.1:{free_port()}"
    with pytest.raises(errors.StateUnavailable) as caught:
        await connect(f"redis+sentinel://ana:s3cret@{place}/fisk?sentinel_password=p4ss", tmp_path)
    assert (type(caught.value), caught.value.facts) == (errors.SentinelsSilent, {"where": f"fisk at {place}"})


@pytest.mark.outage
async def test_many_silent_sentinels_are_given_up_at_once(tmp_path: Path) -> None:
    with ExitStack() as silent:
        ends = [silent.enter_context(closing(socket.create_server(("127.0.0.1", 0)))) for _ in range(9)]
        places = ",".join(f"127.0.0.1:{end.getsockname()[1]}" for end in ends)
        with pytest.raises(errors.StateUnavailable) as caught:
            await connect(f"redis+sentinel://{places}/fisk", tmp_path)
    assert (type(caught.value), caught.value.facts) == (
        errors.SentinelsSilent,
        {"where": f"fisk at {places}"},
    )


async def test_the_servers_clock_is_read_in_seconds(state: State) -> None:
    first = await state.now()
    assert first <= await state.now() < first + 60


@pytest.mark.outage
async def test_a_stopped_server_is_unavailable_and_later_is_there_again(
    tmp_path: Path, opened: Opened
) -> None:
    state = await opened()
    pid = embedded.Server(tmp_path).pid
    try:
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(errors.StateUnavailable, match=r"no answer in time|no connection"):
            await state.ping()
        with pytest.raises(errors.StateUnavailable, match="no answer in time"):
            await state.run("due", [state.key("leases")], 1)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert await state.run("due", [state.key("leases")], 1) == []


async def test_a_cancelled_command_does_not_answer_the_next_one(state: State) -> None:
    reading = asyncio.create_task(state.run("due", [state.key("leases")], 1))
    await asyncio.sleep(0)
    reading.cancel()
    await asyncio.wait([reading])
    assert await state.run("mark", [state.key("op:none")], "ts", "1") == 0


def test_the_embedded_server_has_a_binary() -> None:
    assert shutil.which(embedded.binary())
