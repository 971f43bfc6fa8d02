"""A small operation in a separate process, which can be killed at any point.

`python -m tests.deploy.engine.killed_story URL FOLDER DIE_AT`. The file FOLDER/world records its external
effects. `trigger` must not happen twice, so it checks the file first; `remember` and `prove` may. DIE_AT
names the point at which the process kills itself.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.core.model import Done
from deploy.core.outcomes import Completed
from deploy.engine.engine import Engine
from deploy.engine.journal import Journal
from deploy.kinds import KINDS
from deploy.redis.connect import connect
from tests.deploy.conftest import told
from tests.keys import SEAL

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from tests.deploy.conftest import Tale

LEASE = 0.5
POINTS = (
    "before remember", "in remember", "after remember",
    "before trigger", "in trigger", "after trigger",
    "before prove", "in prove", "after prove",
)  # fmt: skip


def story(folder: Path, die_at: str = "") -> Tale:
    world = folder / "world"

    def point(name: str) -> None:
        if name == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def do(name: str) -> None:
        with world.open("a") as file:
            file.write(f"{name}\n")

    async def remember() -> Done:
        point("in remember")
        return Done("a4c9e1f")

    async def trigger() -> Done:
        if "trigger" not in done(folder):
            do("trigger")
        point("in trigger")
        return Done()

    async def prove() -> Done:
        point("in prove")
        do("prove")
        return Done()

    async def tell(op: Op) -> Outcome:
        notes = []
        for run in (remember, trigger, prove):
            point(f"before {run.__name__}")
            notes.append((await op.step(run.__name__, Done, run)).note)
            point(f"after {run.__name__}")
        return Completed(notes[0])

    return tell


def done(folder: Path) -> list[str]:
    world = folder / "world"
    return world.read_text().split() if world.exists() else []


async def main(url: str, folder: Path, die_at: str) -> None:
    state = await connect(url, folder, seal=SEAL)
    engine = Engine(Journal(state, KINDS, lease=LEASE), told(story(folder, die_at)), f"runner-{os.getpid()}")
    print("working", flush=True)  # noqa: T201 (the test waits for it)
    await engine.work()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
