"""People who type lines where a target wants approvals, and a bot that is at work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from commands.reply import Started
from deploy.access.policy import Policy, Role
from deploy.core.cancelling import end
from deploy.core.model import Actor
from tests.commands.conftest import MARKO, Asking
from tests.deploy.conftest import ANA
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.core.outcomes import Outcome
    from deploy.engine.snapshot import Snapshot

IVO, LEA = Actor("U3", "ivo"), Actor("U4", "lea")
ALL = frozenset(
    {"look", "details", "deploy", "rollback", "builds", "env", "buildkit", "locks", "approve", "force"}
)
TEAM = Role(frozenset({ANA.id, MARKO.id, LEA.id, "cli:*"}), ALL)
TEAM_ALONE = Policy(roles={"team": TEAM})
GLASS = Policy(roles={"team": replace(TEAM, may=ALL | {"break-glass"})})
DEPLOY = "deploy 3f2a1b9"


@dataclass(frozen=True)
class FourEyes:
    asking: Asking

    async def __call__(self, line: str, actor: Actor = ANA, policy: Policy = TEAM_ALONE) -> Any:
        return await self.asking(line, actor, policy=policy)

    def wants(self, name: str = "app", **how: Any) -> None:
        """Change what a target wants, as a new fisk.toml would."""
        access = self.asking.access
        changed = replace(access.rules.targets[name], **how)
        access.rules = replace(access.rules, targets={**access.rules.targets, name: changed})

    def allows(self, policy: Policy) -> None:
        self.asking.access.rules = replace(self.asking.access.rules, policy=policy)

    async def began(self, line: str, actor: Actor = ANA, policy: Policy = TEAM_ALONE) -> Operation:
        reply = await self(line, actor, policy)
        assert isinstance(reply, Started)
        return reply.operation

    async def load(self, operation: str) -> Snapshot:
        return await self.asking.parts.world.memory.journal.load(operation)

    async def end(self, operation: str) -> Outcome:
        await until(lambda: self._over(operation))
        outcome = (await self.load(operation)).outcome
        assert outcome is not None
        return outcome

    async def approved(self, line: str) -> Outcome:
        """Ana asks and Marko approves; how the operation itself ended."""
        question = await self.began(line)
        await self(f"approve {question.id}", MARKO)
        return await self.end(getattr(await self.end(question.id), "begun", ""))

    async def _over(self, operation: str) -> bool:
        return not (await self.load(operation)).open


@asynccontextmanager
async def at_work(asking: Asking, policy: Policy = TEAM_ALONE) -> AsyncIterator[FourEyes]:
    eyes = FourEyes(asking)
    eyes.allows(policy)
    asking.parts.engine.draining = False
    working = asyncio.create_task(asking.parts.engine.work())
    try:
        yield eyes
    finally:
        await asking.parts.engine.drain(0)
        await end([working])
