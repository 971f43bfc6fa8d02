"""Whether a bot's memory stays the same over 10,000 operations."""

from __future__ import annotations

import asyncio
import gc
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.engine import log_nowhere, memory, operation
from bench.harness import Measured, bench
from bench.processes import ROOT, outside
from deploy.core.model import Done
from deploy.core.outcomes import Completed
from deploy.engine.engine import Engine
from deploy.engine.journal import Journal
from deploy.engine.kind import Kinds, Step
from deploy.kinds import KINDS

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.op import Op

WARM, OPERATIONS = 1000, 10_000
AT_ONCE = 20
KEPT = 500  # finished operations, so that what is forgotten is forgotten in the bench, too


@bench("memory after 10,000 operations", "MiB", short="flat", seconds=27, bound=1.05, floor=1)
async def flat() -> Measured:
    """A process of its own, with the journal and the engine. The rival: itself, after the first 1,000."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.memory", cwd=ROOT, env=outside(), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    before, *later = map(float, told.split())
    return Measured(max(later), before, our_rounds=tuple(later), rival_rounds=(before,))


async def main() -> None:
    """Print the resident memory in MiB after the first operations, and ten times later."""
    log_nowhere()
    async with _engine() as engine:
        await _run(engine, WARM)
        print(_resident())
        for _ in range(10):
            await _run(engine, OPERATIONS // 10)
            print(_resident())


@asynccontextmanager
async def _engine() -> AsyncIterator[Engine]:
    async with memory() as state:
        kinds = Kinds([replace(KINDS["deploy"], story=_story, steps=(Step("first"), Step("second")))])
        engine = Engine(Journal(state, KINDS, keep_operations=KEPT), kinds, "bench")
        yield engine
        await engine.drain(0)


async def _story(_world: object, op: Op) -> Outcome:
    for step in ("first", "second"):
        await op.step(step, Done, lambda: _reported(op))
    return Completed()


async def _reported(op: Op) -> Done:
    await op.report("on its way")
    return Done("arrived")


async def _run(engine: Engine, count: int) -> None:
    """Begin and end so many, some at once; each has a target of its own."""
    for _ in range(count // AT_ONCE):
        for place in range(AT_ONCE):
            wanted = operation()
            (resource,) = wanted.resources
            await engine.submit(replace(wanted, resources=(replace(resource, name=f"app{place}"),)))
        await engine.idle()


def _resident() -> float:
    gc.collect()
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) / 1024


if __name__ == "__main__":
    asyncio.run(main())
