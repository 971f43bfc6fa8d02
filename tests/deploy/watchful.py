"""A journal at whose steps a test acts."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING

from deploy.engine.journal import Journal
from deploy.kinds import KINDS
from tests.deploy.conftest import ANA

if TYPE_CHECKING:
    from deploy.core.events import StepFinished
    from deploy.core.model import Actor, Operation
    from deploy.engine.journal import Lease
    from deploy.redis.connect import State


class Watchful(Journal):
    """A journal that calls somebody at the moment at which a step begins, or before its result is kept."""

    def __init__(self, state: State) -> None:
        super().__init__(state, KINDS, lease=5)
        self.at: dict[str, Callable[[], object]] = {}
        self.before_keeping: dict[str, Callable[[], object]] = {}
        self.cancel_at = ""

    async def start(self, operation: Operation, *, runner: str = "", opening: str = "") -> Lease | None:
        lease = await super().start(operation, runner=runner, opening=opening)
        if lease and opening:
            await self._comes(operation.id, opening)
        return lease

    async def begin(self, lease: Lease, step: str) -> Actor | None:
        await self._comes(lease.operation, step)
        return await super().begin(lease, step)

    async def _comes(self, operation: str, step: str) -> None:
        if (act := self.at.pop(step, None)) and inspect.isawaitable(done := act()):
            await done
        if step == self.cancel_at:
            await self.cancel(operation, ANA)

    async def checkpoint(self, lease: Lease, result: str, event: StepFinished) -> Actor | None:
        if act := self.before_keeping.pop(event.step, None):
            act()
        return await super().checkpoint(lease, result, event)
