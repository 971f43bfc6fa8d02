"""Stories for the engine to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import commands.dispatch  # noqa: F401 (it loads every feature, and so every error)
from deploy.core.model import Commit, Done, Operation
from deploy.core.outcomes import Completed, Outcome
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.engine.engine import Op
    from deploy.engine.journal import Journal


async def done() -> Done:
    return Done("well")


async def waits(op: Op) -> Outcome:
    """A story that goes on until somebody stops it."""

    async def watch() -> Done:
        while True:
            await op.pause(60)

    await op.step("watch", Done, watch)
    return Completed()


async def watching(journal: Journal, operation: Operation) -> None:
    async def begun() -> bool:
        return (await journal.load(operation.id)).step == "watch"

    await until(begun)


async def never() -> Commit:
    raise AssertionError("a journaled step ran again")
