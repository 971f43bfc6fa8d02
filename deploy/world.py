"""What operations and commands work with: the systems, fisk's memory, and the targets."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.model import Actor, Operation, Origin, Target
from deploy.core.seal import Seal
from deploy.core.timeouts import Timeouts
from deploy.doctor.verdicts import DoctorSpec
from deploy.engine.audit import Record
from deploy.engine.history import History
from deploy.engine.journal import Journal
from deploy.engine.locks import Locks
from deploy.notices.policy import Rule
from deploy.notices.store import Rules

if TYPE_CHECKING:
    from deploy.systems.buildkit import BuildKit  # noqa: TC004 (a dataclass only keeps the name)
    from deploy.systems.coolify import Coolify  # noqa: TC004 (a dataclass only keeps the name)
    from deploy.systems.github import GitHub  # noqa: TC004 (a dataclass only keeps the name)
    from deploy.systems.health import HealthUrl  # noqa: TC004 (a dataclass only keeps the name)
    from deploy.systems.registry import Registry  # noqa: TC004 (a dataclass only keeps the name)
    from deploy.systems.runner import RunnerService  # noqa: TC004 (a dataclass only keeps the name)
    from deploy.systems.ssh import Ssh  # noqa: TC004 (a dataclass only keeps the name)

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # without what a tired eye confuses
ID_LENGTH = 6


@dataclass(frozen=True, slots=True)
class World:
    """Opened once, in bot/app/wiring.py. `submit` begins an operation, here or wherever a runner is free."""

    github: GitHub
    registry: Registry
    coolify: Coolify
    health: HealthUrl
    journal: Journal
    locks: Locks
    history: History
    record: Record
    targets: Mapping[str, Target]
    timeouts: Timeouts
    submit: Callable[[Operation], Awaitable[None]]
    doctor: DoctorSpec = field(default_factory=DoctorSpec)
    hosts: Mapping[str, Ssh] = field(default_factory=dict)
    buildkit: BuildKit | None = None
    runner: RunnerService | None = None
    seal: Seal = field(default_factory=Seal)
    builds_for: Mapping[str, Rule] = field(default_factory=dict)  # channels that hear of builds, by fisk.toml

    @property
    def rules(self) -> Rules:
        """Which channel hears of which builds."""
        return Rules(self.journal.state, self.builds_for)

    def target(self, name: str) -> Target:
        """The target of that name. Raises errors.UnknownTarget."""
        if name in self.targets:
            return self.targets[name]
        raise errors.UnknownTarget(target=name, known=", ".join(self.targets) or "none")

    async def now(self) -> float:
        """The memory's clock, in seconds: the one by which all replicas tell the time."""
        return await self.journal.state.now()


async def new_operation(
    world: World,
    kind: str,
    *,
    actor: Actor,
    origin: Origin,
    resources: tuple[str, ...],
    arguments: dict[str, str],
    reason: str = "",
    decided: str = "",
) -> Operation:
    """An operation with a fresh id, stamped with the memory's clock."""
    identity = f"{kind[0]}-{''.join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH))}"
    return Operation(
        id=identity,
        kind=kind,
        actor=actor,
        origin=origin,
        arguments=arguments,
        resources=resources,
        created=await world.now(),
        reason=reason,
        decided=decided,
    )
