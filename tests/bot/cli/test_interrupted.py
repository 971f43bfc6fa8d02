"""Ctrl-C, and an outage of Redis or Valkey, while a terminal follows an operation."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

from bot.cli import follow
from bot.cli.console import who
from bot.cli.follow import Follower
from bot.cli.main import DONE, FAILED
from bot.cli.views import Lines, View
from deploy.core import errors
from deploy.engine.engine import Engine
from deploy.engine.journal import Journal
from tests.bot.cli.terminal import Do, do, parts, world
from tests.waiting import until

if TYPE_CHECKING:
    from bot.app.wiring import Parts
    from deploy.core.events import Event
    from deploy.core.model import Operation
    from deploy.engine.leases import Lease
    from sandbox.world import World

__all__ = ["do", "parts", "world"]


@pytest.fixture
def _ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody presses it at the very first line that they are shown."""
    begin, presses = View.begin, [signal.SIGINT]

    def interrupting(self: View, operation: Operation) -> None:
        begin(self, operation)
        while presses:
            os.kill(os.getpid(), presses.pop())

    monkeypatch.setattr(View, "begin", interrupting)
    monkeypatch.setattr(Lines, "begin", interrupting)


@pytest.mark.usefixtures("_ctrl_c")
async def test_ctrl_c_before_anybody_took_it_stops_it_before_anything_is_changed(
    do: Do, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await do("deploy 3f2a1b9") == FAILED
    out, err = capsys.readouterr()
    assert f"! app: stopped by {who().name} (terminal) before anything was changed." in out.splitlines()
    assert err == f"{follow.STOPPING}\n"
    assert world.coolify.apps["app"].deploys == 0


async def test_ctrl_c_at_the_very_moment_at_which_it_is_taken_here_stops_it(
    do: Do, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The record has this runner already, while nothing runs yet."""
    resume, is_ours, looked = Engine._resume, Follower._is_ours, asyncio.Event()

    async def interrupted(self: Engine, lease: Lease, asked: float) -> asyncio.Task[None]:
        os.kill(os.getpid(), signal.SIGINT)
        await looked.wait()
        return await resume(self, lease, asked)

    async def looking(self: Follower, operation: str) -> bool:
        ours = await is_ours(self, operation)
        looked.set()
        return ours

    monkeypatch.setattr(Engine, "_resume", interrupted)
    monkeypatch.setattr(Follower, "_is_ours", looking)
    assert await do("deploy 3f2a1b9") == FAILED
    out, err = capsys.readouterr()
    assert f"! app: stopped by {who().name} (terminal) before anything was changed." in out.splitlines()
    assert err == f"{follow.STOPPING}\n"


@pytest.mark.usefixtures("_ctrl_c")
async def test_ctrl_c_stops_those_that_have_not_begun_as_well(
    do: Do, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await do("build rerun 3f2a1b9 77be0f2", as_json=True) == FAILED
    told = json.loads(capsys.readouterr().out)
    assert told["operations"][1]["status"] == "cancelled"


async def test_an_operation_that_is_set_aside_is_left_with_what_can_be_done(
    do: Do, parts: Parts, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(follow, "CLAIMED_WITHIN", 60)
    journal = parts.world.memory.journal
    following = asyncio.ensure_future(do("deploy 3f2a1b9"))

    async def begun() -> bool:
        return bool(await journal.running())

    await until(begun)
    (snapshot,) = await journal.running()
    id_ = snapshot.operation.id
    await journal.set_aside(id_, "0", "died")
    assert await following == FAILED
    assert capsys.readouterr().err == (
        f"{id_} is set aside, since 3 runners died under it without a step's end in between."
        f" `fisk op {id_} retry` goes on with it.\n"
    )
    await journal.abandon(id_, who(), "the test is over")


async def test_events_are_followed_again_after_the_last_one_seen(
    do: Do, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    follow, told = Journal.follow, [4, 0, 0, 3]  # so many events before each outage

    async def interrupted(
        self: Journal, operation: str, after: str = "0"
    ) -> AsyncIterator[tuple[str, Event]]:
        left = told.pop(0) if told else -1
        async for each in follow(self, operation, after):
            if not left:
                break
            left -= 1
            yield each
        else:
            return
        raise errors.StateUnavailable(where="here")

    monkeypatch.setattr(Journal, "follow", interrupted)
    assert await do("deploy 3f2a1b9") == DONE
    out, err = capsys.readouterr()
    *steps, end = [line.split()[1] for line in out.splitlines() if line.startswith("✓")]
    assert (steps, end) == (["resolve", "gates", "point", "trigger", "watch", "prove"], "app")
    id_ = out.partition(":")[0]
    assert err == (
        f"fisk's memory does not answer (here). {id_} goes on once it does, and this terminal with it;"
        " Ctrl-C leaves.\n"
    )


async def test_what_may_have_been_written_in_an_outage_is_taken_back(
    do: Do, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = parts.state.run

    async def deaf(name: str, *args: Any) -> Any:
        answer = await run(name, *args)
        if name == "start":
            raise errors.StateUnavailable(where="no answer in time")
        return answer

    monkeypatch.setattr(parts.state, "run", deaf)
    with pytest.raises(errors.StateUnavailable):
        await do("deploy 3f2a1b9")
    assert await parts.world.memory.journal.running() == ()
    assert await parts.world.memory.locks.locked() == {}


async def test_what_cannot_be_taken_back_in_an_outage_is_named(
    do: Do, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = parts.state.run

    async def away(name: str, *args: Any) -> Any:
        answer = await run(name, *args) if name != "withdraw" else None
        if name in {"start", "withdraw"}:
            raise errors.StateUnavailable(where="no answer in time")
        return answer

    monkeypatch.setattr(parts.state, "run", away)
    with pytest.raises(errors.MaybeBegun) as caught:
        await do("deploy 3f2a1b9")
    monkeypatch.undo()
    (written,) = await parts.world.memory.journal.running()
    id_ = written.operation.id
    assert (caught.value.failure.sentence, caught.value.failure.hint) == (
        f"fisk's memory does not answer or confirm (no answer in time), so a bot may yet take {id_} up.",
        f"Once the memory is back, `/fisk op {id_}` tells, and `/fisk cancel {id_}` stops it.",
    )
    await parts.world.memory.journal.abandon(id_, who(), "the test is over")
