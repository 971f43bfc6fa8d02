"""Cost of the journal, compared with a bare lock and a bare stream on the same embedded Valkey."""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bench.harness import Measured, alternate, bench
from bot.app import log as logs
from deploy.core.model import Actor, Done, Operation, Origin, Resource
from deploy.core.outcomes import Completed
from deploy.core.seal import Seal, new_key
from deploy.deploys.arguments import DeployArguments
from deploy.engine.engine import Engine
from deploy.engine.journal import Journal
from deploy.engine.kind import Kinds, Step
from deploy.kinds import KINDS
from deploy.redis.connect import connect

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.redis.connect import State

PAIRS = 400
ROUNDS = 9
STARTS = 300
UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
numbers = itertools.count()


@asynccontextmanager
async def memory() -> AsyncIterator[State]:
    """The embedded Valkey with fisk's settings: append-only file, fsync always."""
    with tempfile.TemporaryDirectory() as folder:
        state = await connect("", Path(folder), seal=Seal(SecretStr(new_key())))
        try:
            yield state
        finally:
            await state.aclose()


def operation() -> Operation:
    return Operation(
        id=f"d-{next(numbers):06}",
        kind="deploy",
        actor=Actor("U024BE7LH", "ana", frozenset({"S0123"})),
        origin=Origin("slack", "C0DEPLOY", "1700000000.000100", "T0FISK"),
        arguments=DeployArguments("app", "3f2a1b9c0d1e2f30415263748596a7b8c9d0e1f2"),
        resources=(Resource("app", "app"),),
        created=time.time(),
        decided="deployers",
    )


def log_nowhere() -> None:
    """Log JSON lines to /dev/null, for production's cost of logging."""
    logs.configure("info", stream=Path(os.devnull).open("w"))  # noqa: SIM115 (it is the log's for good)


@bench("start and finish an operation", "pairs/s", short="pairs", seconds=9, bound=0.65, better="higher")
async def start_and_finish() -> Measured:
    """Locks, record, lease, outcome, history, outbox, events; against SET NX PX and compare-and-delete.

    Both by plain redis-py on one client: two round trips for a pair on either side.
    """
    async with memory() as state:
        journal = Journal(state, KINDS)
        unlock = await state.redis.script_load(UNLOCK)

        async def ours() -> float:
            operations = [operation() for _ in range(PAIRS)]
            begun = time.perf_counter()
            for wanted in operations:
                lease = await journal.start(wanted, runner="bench")
                assert lease
                await journal.finish(lease, wanted, Completed())
            return PAIRS / (time.perf_counter() - begun)

        async def rival() -> float:
            begun = time.perf_counter()
            for number in range(PAIRS):
                key = f"lock:{number}"
                assert await state.redis.set(key, "token", nx=True, px=30_000)
                assert await state.redis.evalsha(unlock, 1, key, "token")
            return PAIRS / (time.perf_counter() - begun)

        return await alternate(ours, rival, ROUNDS)


@bench("first step of an operation", "ms", short="step", seconds=2, bound=2.0, better="lower")
async def first_step() -> Measured:
    """From Engine.submit to the first step's first line; against XADD to XREADGROUP on a plain stream."""
    async with memory() as state:
        began: list[float] = []

        async def note() -> Done:
            began.append(time.perf_counter())
            return Done()

        async def story(_world: object, op: Op) -> Outcome:
            await op.step("first", Done, note)
            return Completed()

        log_nowhere()
        kinds = Kinds([replace(KINDS["deploy"], story=story, steps=(Step("first"),))])
        engine = Engine(Journal(state, KINDS), kinds, "bench")

        async def ours() -> float:
            asked = time.perf_counter()
            await engine.submit(operation())
            await engine.idle()
            return (began.pop() - asked) * 1000

        await state.ask("XGROUP", "CREATE", "jobs", "workers", "0", "MKSTREAM")

        async def consume() -> float:
            await state.wait(5, "XREADGROUP", "GROUP", "workers", "w", "BLOCK", 5000, "STREAMS", "jobs", ">")
            return time.perf_counter()

        async def rival() -> float:
            consumer = asyncio.create_task(consume())
            await asyncio.sleep(0.002)  # it waits in XREADGROUP before the job comes
            asked = time.perf_counter()
            await state.redis.xadd("jobs", {"job": "deploy"})
            return (await consumer - asked) * 1000

        measured = await alternate(ours, rival, STARTS)
        await engine.drain(0)
        return measured
