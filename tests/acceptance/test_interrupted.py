"""A terminal that is interrupted, suspended or disconnected, with and without a running bot."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from typing import TYPE_CHECKING

from deploy.redis import embedded
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.engine.journal import Journal, Lease
    from tests.acceptance.show import Show

Process = asyncio.subprocess.Process
STUCK = 8.0  # seconds: longer than whoever waits for the answer does
WITHIN = 30.0  # seconds


async def _deploying(show: Show, *flags: str) -> Process:
    """A terminal whose deploy waits in Coolify's queue."""
    show.world.coolify.queue.freeze()
    process = await show.at_terminal("deploy", "3f2a1b9", *flags)
    await show.until(lambda: show.deploys)
    return process


async def _read(process: Process, text: str) -> list[str]:
    """The lines up to the one that begins so."""
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(WITHIN):
        while not (lines and lines[-1].startswith(text)):
            lines.append((await process.stdout.readline()).decode().rstrip("\n"))
            assert lines[-1], lines
    return lines


async def _ended(process: Process) -> tuple[int | None, list[str], list[str]]:
    """Its exit status, and what it had still to say."""
    async with asyncio.timeout(WITHIN):
        out, err = await process.communicate()
    return process.returncode, out.decode().splitlines(), err.decode().splitlines()


def _id(lines: list[str]) -> str:
    return lines[0].partition(":")[0]


async def _claimed(journal: Journal) -> Lease:
    """Wait until nobody runs the operation, and take it over."""
    found: list[Lease] = []

    async def claim() -> bool:
        found.extend([claimed] if (claimed := await journal.claim("another runner")) else [])
        return bool(found)

    await until(claim)
    return found[0]


# --- Ctrl-C


async def test_ctrl_c_leaves_what_a_bot_runs_to_the_bot(show: Show) -> None:
    process = await _deploying(show)
    id_ = _id(await _read(process, "✓ trigger"))
    process.send_signal(signal.SIGINT)
    status, _, err = await _ended(process)
    assert (status, err) == (
        1,
        [f"{id_} goes on without this terminal. `fisk op {id_}` shows it, `fisk cancel {id_}` stops it."],
    )
    show.world.coolify.queue.thaw()
    await show.until(lambda: show.runs == "3f2a1b9")


async def test_a_second_ctrl_c_leaves_what_runs_here_and_cancelling_it_later_puts_it_back(
    alone: Show,
) -> None:
    process = await _deploying(alone)
    id_ = _id(await _read(process, "✓ trigger"))
    stop = f"POST /api/v1/deployments/{alone.world.coolify.queue.rows[-1].uuid}/cancel"
    alone.world.coolify.faults.queue(stop, delay=STUCK)
    process.send_signal(signal.SIGINT)
    await alone.until(lambda: alone.world.coolify.asked(stop))
    process.send_signal(signal.SIGINT)
    status, _, err = await _ended(process)
    assert (status, err) == (
        1,
        [
            "Stopping it and putting back what it changed; once more leaves it for a bot to finish.",
            (
                f"{id_} is left at step stop, with its locks, until a bot goes on with it."
                f" `fisk op {id_}` shows it, `fisk cancel {id_}` stops it."
            ),
        ],
    )
    ended = await alone.terminal("cancel", id_)
    assert ended.status == 0, ended
    assert ended.out.startswith(f"Asked {id_} to stop (it is at step stop); what it changed is put back.\n")
    assert "Nobody ran it any more, so it goes on here.\n" in ended.out
    assert "a4c9e1f is back and healthy.\n" in ended.out
    assert (alone.runs, alone.set_to) == ("a4c9e1f", "a4c9e1f")


async def test_with_json_what_is_left_is_one_object_too(show: Show) -> None:
    process = await _deploying(show, "--json")
    process.send_signal(signal.SIGTERM)
    status, out, _ = await _ended(process)
    told = json.loads("\n".join(out))
    assert (status, told) == (1, {"operation": told["operation"], "status": "left", "outcome": None})
    show.world.coolify.queue.thaw()
    await show.until(lambda: show.runs == "3f2a1b9")


# --- stopped, cut off, left alone


async def test_a_terminal_that_was_stopped_takes_its_deploy_up_again(alone: Show) -> None:
    process = await _deploying(alone)
    await _read(process, "✓ trigger")
    process.send_signal(signal.SIGSTOP)
    async with alone.memory() as journal:
        lease = await _claimed(journal)
        await journal.hand_over(lease)
    process.send_signal(signal.SIGCONT)
    await _read(process, "Nobody ran it any more, so it goes on here.")
    alone.world.coolify.queue.thaw()
    status, out, err = await _ended(process)
    assert (status, err) == (0, [])
    assert out[-4].startswith("✓ app runs 3f2a1b9: deployed in ")
    assert (alone.runs, alone.deploys) == ("3f2a1b9", 1)


async def test_a_terminal_goes_on_with_what_its_bot_leaves_behind(show: Show) -> None:
    process = await _deploying(show)
    await _read(process, "✓ trigger")
    await show.bots[0].kill()
    await _read(process, "Nobody ran it any more, so it goes on here.")
    show.world.coolify.queue.thaw()
    status, _, err = await _ended(process)
    assert (status, err) == (0, [])
    assert (show.runs, show.deploys) == ("3f2a1b9", 1)


async def test_a_terminal_outlives_its_memory(alone: Show) -> None:
    process = await _deploying(alone)
    told = await _read(process, "✓ trigger")
    os.kill(embedded.Server(alone.folder / "state").pid, signal.SIGKILL)
    told += await _read(process, "Nobody ran it any more, so it goes on here.")
    alone.world.coolify.queue.thaw()
    status, out, _ = await _ended(process)
    assert status == 0
    steps = [line.split()[1] for line in told + out if line.startswith("✓")]
    assert steps == ["resolve", "gates", "point", "trigger", "watch", "prove", "app"]  # runs it
    assert (alone.runs, alone.deploys) == ("3f2a1b9", 1)


async def test_a_terminal_whose_window_is_closed_ends_what_it_runs(alone: Show) -> None:
    process = await _deploying(alone)
    process.send_signal(signal.SIGHUP)
    alone.world.coolify.queue.thaw()
    assert (await _ended(process))[0] == 0
    assert alone.runs == "3f2a1b9"


async def test_a_deploy_outlives_whoever_read_of_it(alone: Show) -> None:
    process = await alone.at_terminal("deploy", "3f2a1b9")
    await _read(process, "d-")
    process.stdout._transport.close()  # type: ignore[union-attr]
    status, _, err = await _ended(process)
    assert (status, err) == (0, [])
    assert alone.runs == "3f2a1b9"
