"""`scripts/chaos`: random lines and random faults from a seed, and a checker over what came of them."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.chaos.draw import draw
from tests.chaos.plan import TOPOLOGIES, Plan
from tests.chaos.runs import FOLDER, Judged, judge, not_repeated, read

LEASE = 5.0  # seconds, as in production
AT_ONCE = 3  # a run mostly waits
DONE = FOLDER / "done.json"
ENDED = 130  # the exit status of what was interrupted


def main() -> int:
    asked = _arguments()
    logging.disable(logging.ERROR)  # the stand-ins log each connection that a fault has dropped
    return asyncio.run(
        _until_ended(_again(asked.file) if asked.file else _many(_plans(asked), asked.at_once))
    )


async def _until_ended(work: Coroutine[Any, Any, int]) -> int:
    """SIGTERM ends it as Ctrl-C does: with everything that it has started."""
    task = asyncio.create_task(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        return await task
    return ENDED


def _plans(asked: argparse.Namespace) -> list[Plan]:
    """Those that were asked for: seed after seed, each topology in turn unless one was named."""
    seeds = range(asked.seed, asked.seed + asked.runs)
    topologies = [asked.topology] if asked.topology else TOPOLOGIES
    return [draw(seed, topologies[seed % len(topologies)], asked.lease) for seed in seeds]


async def _many(plans: list[Plan], at_once: int) -> int:
    """Play those that were not played before, and print the figures of all."""
    done, gate = _done(), asyncio.Semaphore(at_once)
    async with (
        asyncio.TaskGroup() as group
    ):  # which waits until each that it cancels has ended what it started
        for plan in plans:
            if _name(plan) not in done:
                group.create_task(_one(plan, done, gate))
    mine = [done[_name(plan)] for plan in plans if _name(plan) in done]
    print("\n".join(_figures(mine)))  # noqa: T201
    return int(len(mine) < len(plans) or any(each["problems"] for each in mine))


async def _one(plan: Plan, done: dict[str, dict[str, Any]], gate: asyncio.Semaphore) -> None:
    """Play one, and write down that it is done, so that a batch which was stopped goes on where it was."""
    try:
        async with gate:
            judged = await judge(plan)
    except Exception as error:  # noqa: BLE001 (the others are played all the same, and this one the next time)
        print(f"{_name(plan)}: not played to its end: {error!r}", flush=True)  # noqa: T201
        return
    done[_name(plan)] = _told(judged)
    FOLDER.mkdir(exist_ok=True)
    DONE.write_text(json.dumps(done, indent=1))
    print(f"{_name(plan)}: {judged.told if judged.problems else 'holds'}", flush=True)  # noqa: T201


async def _again(file: Path) -> int:
    """Play what was written down once more, and say which faults did not come again."""
    plan, missed = read(file)
    judged = await judge(plan)
    print(judged.told if judged.problems else f"{_name(plan)} holds")  # noqa: T201
    for problem in judged.known:
        print(f"known: {problem}")  # noqa: T201
    for fault in not_repeated(judged, missed):
        print(f"not repeated: {fault}")  # noqa: T201
    return int(bool(judged.problems))


def _name(plan: Plan) -> str:
    return f"{plan.topology}, lease {plan.lease:g} s, seed {plan.seed}"


def _done() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(DONE.read_text()) if DONE.exists() else {}
    return found


def _told(judged: Judged) -> dict[str, Any]:
    return {
        "topology": judged.plan.topology,
        "problems": [str(problem) for problem in judged.problems],
        "known": [str(problem) for problem in judged.known],
        "figures": judged.figures,
    }


def _figures(runs: list[dict[str, Any]]) -> list[str]:
    """The figures for docs/guarantees.md, a line for each topology."""
    lines = []
    for topology in TOPOLOGIES:
        mine = [run for run in runs if run["topology"] == topology]
        total = sum((Counter(run["figures"]) for run in mine), Counter[str]())
        broken = _by_promise(mine, "problems")
        if mine:
            figures = ", ".join(f"{n:,} {what}" for what, n in total.items())
            lines.append(
                f"{topology}: {len(mine):,} runs, {figures}; broken: {broken}; known: {_by_promise(mine, 'known')}"
            )
    return lines


def _by_promise(runs: list[dict[str, Any]], which: str) -> str:
    counts = Counter(problem.partition(":")[0] for run in runs for problem in run[which])
    return ", ".join(f"{promise} {n}" for promise, n in counts.items()) or "nothing"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("scripts/chaos", description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=1, help="the first seed; the same one draws the same plan"
    )
    parser.add_argument("--runs", type=int, default=1, help="how many seeds, from the first on")
    parser.add_argument("--topology", choices=TOPOLOGIES, help="one alone; else each in turn")
    parser.add_argument("--lease", type=float, default=LEASE, help="seconds; the stops are longer with it")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="how many are played at the same time")
    parser.add_argument("--from", dest="file", type=Path, help="play again what a run that failed wrote down")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
