"""The one place that opens clients and puts the parts together."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from bot import domain
from bot.metrics import Metrics
from bot.settings import Settings
from bot.systems import Systems, later
from deploy import errors
from deploy.loading import loaded
from deploy.operations.engine import Engine, Story
from deploy.state.connect import State, connect
from deploy.state.history import History
from deploy.state.journal import Journal
from deploy.state.locks import Locks
from deploy.state.outbox import Outbox
from deploy.state.record import Record
from deploy.systems.buildkit import BuildKit
from deploy.systems.runner import RunnerService
from deploy.variables.seal import Seal
from deploy.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from deploy.model import Operation
    from deploy.operations.op import Op
    from deploy.outcomes import Outcome

# Each as module and function below deploy/operations/, loaded when its first operation runs.
STORIES = {
    "deploy": "deploy.deploy",
    "rollback": "rollback.rollback",
    "wait": "wait.wait",
    "buildkit restart": "builder.restart.restart",
    "buildkit recreate": "builder.recreate.recreate",
    "runner restart": "runner.restart",
    "build rerun": "builds.rerun.rerun",
    "build cancel": "builds.rerun.cancel",
    "build start": "builds.start.start",
    "env copy": "env.copy.copy_env",
    "env undo": "env.copy.undo_env",
}
# The first step of each that always begins with the same one: it begins in the same breath as the operation.
OPENINGS = {
    "deploy": "resolve",
    "rollback": "resolve",
    "wait": "resolve",
    "buildkit recreate": "builds",
    "runner restart": "job",
    "build start": "remember",
    "env copy": "plan",
    "env undo": "plan",
}


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that an edge needs, opened."""

    settings: Settings
    state: State
    world: World
    engine: Engine
    outbox: Outbox
    metrics: Metrics
    runner: str

    def submitting(self) -> World:
        """The same world, in which an operation is only written down, for whichever replica is first."""

        async def submit(operation: Operation) -> None:
            try:
                await self.world.journal.start(operation)
            except (errors.StateUnavailable, asyncio.CancelledError):
                await self._take_back(operation)
                raise

        return replace(self.world, submit=submit)

    async def _take_back(self, operation: Operation) -> None:
        """It may have been written after all, and nobody here would know of it. Raises errors.MaybeBegun."""
        lost = errors.StateUnavailable(where="no answer")
        try:
            await self.world.journal.withdraw(operation, "", lost)
        except errors.StateUnavailable as outage:
            raise errors.MaybeBegun(operation=operation.id, where=outage.facts["where"]) from outage


@asynccontextmanager
async def opened(
    settings: Settings,
    *,
    metrics: Metrics | None = None,
    on_run: Callable[[Operation], None] | None = None,
) -> AsyncIterator[Parts]:
    """Open everything, and close it again.

    Args:
        settings: the settings.
        metrics: where the systems' requests are counted.
        on_run: told of each operation that this process begins or takes over.

    Raises:
        errors.StateUnavailable: Redis or Valkey does not answer.
    """
    metrics = metrics or Metrics()
    async with AsyncExitStack() as stack:
        state = await connect(
            settings.redis_url.get_secret_value(),
            settings.state,
            namespace=settings.namespace,
            replicas=settings.redis_replicas,
        )
        stack.push_async_callback(state.aclose)
        journal = Journal(
            state,
            lease=settings.lease_seconds,
            keep_days=settings.keep_days,
            keep_operations=settings.keep_operations,
        )
        systems = Systems(settings, metrics, stack)
        world = _world(settings, state, journal, systems, _late(lambda: engine))
        stories = {kind: _story(path, world) for kind, path in STORIES.items()}
        runner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        engine = Engine(journal, stories, runner, on_run=on_run, openings=OPENINGS)
        yield Parts(settings, state, world, engine, Outbox(state), metrics, runner)


def _story(path: str, world: World) -> Story:
    async def story(op: Op) -> Outcome:
        outcome: Outcome = await loaded(f"deploy.operations.{path}")(world, op)
        return outcome

    return story


def _late(engine: Callable[[], Engine]) -> Callable[[Operation], Awaitable[None]]:
    """Submit to an engine that is made after the world that its stories work with."""

    async def submit(operation: Operation) -> None:
        await engine().submit(operation)

    return submit


def _world(
    settings: Settings,
    state: State,
    journal: Journal,
    systems: Systems,
    submit: Callable[[Operation], Awaitable[None]],
) -> World:
    hosts = {name: later(partial(systems.ssh, host)) for name, host in domain.hosts(settings).items()}
    return World(
        github=later(systems.github),
        registry=later(systems.registry),
        coolify=later(systems.coolify),
        health=later(systems.health),
        journal=journal,
        locks=Locks(state),
        history=History(state),
        record=Record(state),
        targets=domain.targets(settings),
        pace=domain.pace(settings),
        submit=submit,
        seal=Seal(settings.key),
        builds_for=settings.channels.builds,
        doctor=domain.doctor(settings),
        hosts=hosts,
        buildkit=BuildKit(buildkit, hosts[buildkit.host])
        if (buildkit := domain.buildkit(settings))
        else None,
        runner=RunnerService(runner, hosts.get(runner.host)) if (runner := domain.runner(settings)) else None,
    )
