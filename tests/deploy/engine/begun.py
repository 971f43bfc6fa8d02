"""Operations that have begun in a journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.engine.journal import Journal, Lease


async def begun(journal: Journal, operation: Operation, runner: str = "r1") -> Lease:
    lease = await journal.start(operation, runner=runner)
    assert lease
    return lease
