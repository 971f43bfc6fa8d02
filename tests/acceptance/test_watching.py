"""Looking on from a terminal: `fisk watch`, `fisk op ID --follow`, and a deploy on a real terminal."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.show import ROOT
from tests.screen import COLOUR, Terminal

if TYPE_CHECKING:
    from tests.acceptance.show import Show


Start = Callable[..., Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def start(show: Show) -> AsyncIterator[Start]:
    """Begins `fisk …` at a terminal; what did not end by itself is ended with the test."""
    processes: list[asyncio.subprocess.Process] = []

    async def start(*words: str) -> asyncio.subprocess.Process:
        processes.append(await show.at_terminal(*words))
        return processes[-1]

    yield start
    for each in processes:
        if each.returncode is None:
            each.kill()
            await each.wait()


async def _lines(process: asyncio.subprocess.Process, end: str) -> list[str]:
    """What it prints, up to the line with these words."""
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(30):
        while not lines or end not in lines[-1]:
            lines.append((await process.stdout.readline()).decode().rstrip("\n"))
            assert process.returncode is None or lines[-1], lines
    return lines


async def _left(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    process.send_signal(signal.SIGINT)
    _, err = await asyncio.wait_for(process.communicate(), 20)
    return process.returncode, err.decode()


async def test_everything_under_way_is_followed_until_ctrl_c(show: Show, start: Start) -> None:
    show.world.coolify.queue.freeze()
    watch, as_json = await start("watch"), await start("watch", "--json")
    assert await _lines(watch, "") == ["Nothing is under way. `fisk history` shows what was done."]
    await show.type("deploy 3f2a1b9")
    begun, *lines = await _lines(watch, "trigger")
    id_ = begun.partition(":")[0]
    assert begun == f"{id_}: deploy 3f2a1b9"
    assert [line.split()[:3] for line in lines if "✓" in line] == [
        [id_, "✓", step] for step in ("resolve", "gates", "point", "trigger")
    ]
    assert show.world.coolify.queue.rows[-1].status == "queued"

    gone = await start("watch")
    await _lines(gone, "trigger")
    assert gone.stdout is not None
    gone.stdout._transport.close()  # type: ignore[attr-defined]
    follow = await start("op", id_, "--follow")
    await _lines(follow, "trigger")
    show.world.coolify.queue.thaw()
    assert f"{id_}    Roll back: fisk rollback app a4c9e1f" in await _lines(watch, "Log: fisk logs")
    out, err = await asyncio.wait_for(follow.communicate(), 20)
    assert (follow.returncode, err) == (0, b"")
    assert "✓ app runs 3f2a1b9: deployed in" in out.decode()
    assert await asyncio.wait_for(gone.wait(), 20) == 0
    told = [json.loads(line) for line in await _lines(as_json, '"finished"')]
    assert [_brief(each) for each in told if each["event"] in {"under_way", "finished"}] == [
        (id_, "under_way", "deploy 3f2a1b9"),
        (id_, "finished", "deployed"),
    ]
    assert await _left(watch) == await _left(as_json) == (0, "")


def _brief(told: dict[str, Any]) -> tuple[str, str, str]:
    return told["operation"], told["event"], told.get("line") or told["outcome"]["outcome"]


async def test_on_a_narrow_terminal_without_colour_a_deploy_is_drawn_in_place(alone: Show) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FISK_")}
    environment = {**kept, **alone.environment(), "TERM": "xterm", "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}
    environment = {name: value for name, value in environment.items() if name not in {"COLUMNS", "LINES"}}
    with Terminal.opened(40) as terminal:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "deploy", "3f2a1b9"),
            cwd=alone.folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=terminal.program,
            stderr=terminal.program,
        )
        async with asyncio.timeout(30):
            while process.returncode is None:
                await asyncio.sleep(0.05)
                terminal.read()
        first, note, *steps = terminal.seen
        written = terminal.read()
    assert process.returncode == 0
    assert first.endswith(": deploy 3f2a1b9")
    assert note == "No bot took it, so it runs here."
    done = [line.split()[1] for line in steps if line.startswith("✓")]
    assert done == ["resolve", "gates", "point", "trigger", "watch", "prove", "app"]
    assert steps[-2] == "  Roll back: fisk rollback app a4c9e1f"
    assert "● watch" in written
    assert COLOUR.findall(written) == []
