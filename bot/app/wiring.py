"""Composition root: opens all clients and builds the objects that the bot and the terminal use."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app.key import key_file, seal as installation_seal
from bot.app.metrics import Metrics
from bot.app.places import ENVIRONMENT
from bot.app.settings import Settings
from bot.app.systems import open_copies, open_systems
from deploy.access.access import Access
from deploy.builds.sight import Sight
from deploy.core import errors
from deploy.core.freeze import Freezes
from deploy.core.values import dataclass
from deploy.deploys.steady import Steadies
from deploy.doctor.files import SettingsFiles
from deploy.engine.audit import Audit
from deploy.engine.engine import Engine
from deploy.engine.history import History
from deploy.engine.journal import Journal
from deploy.engine.locks import Locks
from deploy.engine.outbox import Outbox
from deploy.engine.recovery import Recovery
from deploy.env.backup import Backup
from deploy.kinds import KINDS
from deploy.memory.compare import compare
from deploy.notices.store import Rules
from deploy.redis.cache import Cache
from deploy.redis.connect import State, connect
from deploy.releases.follows import Follows
from deploy.world import Memory, Stores, Systems, Targets, World

if TYPE_CHECKING:
    from deploy.core.model import Operation, Resource
    from deploy.core.seal import Seal


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that the bot and the terminal need, opened."""

    settings: Settings
    state: State
    world: World
    engine: Engine
    outbox: Outbox
    metrics: Metrics
    runner: str

    def submitting(self) -> World:
        """The same world, in which submitting only journals an operation; any replica may then run it."""

        async def submit(operation: Operation) -> None:
            await self.engine.recovery.require_open(operation)
            try:
                await self.world.memory.journal.start(operation)
            except (errors.StateUnavailable, asyncio.CancelledError):
                await self._take_back(operation)
                raise

        return replace(self.world, memory=replace(self.world.memory, submit=submit))

    async def _take_back(self, operation: Operation) -> None:
        """Withdraw an operation that may have been journaled. Raises errors.MaybeBegun if that fails, too."""
        lost = errors.StateUnavailable(where="no answer")
        try:
            await self.world.memory.journal.withdraw(operation, "", lost)
        except errors.StateUnavailable as outage:
            raise errors.MaybeBegun(operation=operation.id, where=outage.where) from outage


@asynccontextmanager
async def opened(
    settings: Settings, *, on_run: Callable[[Operation], None] | None = None
) -> AsyncIterator[Parts]:
    """Open everything, and close it at the end. `on_run` is called for each operation that this process runs.

    Raises:
        errors.NoKey, errors.OtherKey: without the installation's key nothing there could be believed.
        errors.StateUnavailable: Redis or Valkey does not answer.
    """
    metrics, seal = Metrics(), installation_seal(settings)
    async with AsyncExitStack() as stack:
        state = await connect(
            settings.redis,
            settings.state,
            namespace=settings.namespace,
            replicas=settings.redis_replicas,
            seal=seal,
        )
        stack.push_async_callback(state.aclose)
        state.counts = metrics
        journal = Journal(
            state,
            KINDS,
            lease=settings.lease_seconds,
            keep_days=settings.keep_days,
            keep_operations=settings.keep_operations,
            freezes=Freezes(settings.freeze, settings.timezone),
        )
        systems = open_systems(settings, metrics.observe, stack)
        runner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        copies = open_copies(settings, state, runner, metrics.observe, stack)
        recovery = Recovery(state, lambda resource: compare(world, resource), _resources(settings))
        stores = (*_stores(settings, seal, journal), copies, recovery)
        world = _world(settings, seal, journal, systems, Stores(stores), _submitting_to(lambda: engine))
        authorise = world.memory.stores.of(Access).authorise
        engine = Engine(journal, KINDS, runner, world, on_run=on_run, authorise=authorise, recovery=recovery)
        stack.push_async_callback(copies.once)  # what this process wrote last
        yield Parts(settings, state, world, engine, Outbox(state), metrics, runner)


def _submitting_to(engine: Callable[[], Engine]) -> Callable[[Operation], Awaitable[None]]:
    """Submit to an engine that is created later, since it needs the world and the world needs `submit`."""

    async def submit(operation: Operation) -> None:
        await engine().submit(operation)

    return submit


def _files(settings: Settings) -> SettingsFiles:
    keys = (Path(host.key).expanduser() for host in settings.hosts.values() if host.key)
    environment = settings.config.parent / ENVIRONMENT
    return SettingsFiles((environment, key_file(settings.state), *keys), (settings.config,))


def _resources(settings: Settings) -> tuple[Resource, ...]:
    """What is compared with the world by itself after a failover."""
    targets = tuple(target.resource for target in settings.targets.values())
    return (*targets, settings.buildkit.resource) if settings.buildkit else targets


def _stores(settings: Settings, seal: Seal, journal: Journal) -> tuple[object, ...]:
    """The features' own."""
    state = journal.state
    rules = Rules(state, settings.channels.builds)
    told = rules, Sight(state), Steadies(state), Follows(state)
    return *told, Backup(state, seal), Access(settings.rules, KINDS), _files(settings)


def _world(
    settings: Settings,
    seal: Seal,
    journal: Journal,
    systems: Systems,
    stores: Stores,
    submit: Callable[[Operation], Awaitable[None]],
) -> World:
    state = journal.state
    memory = Memory(
        journal=journal,
        locks=Locks(state),
        history=History(state, KINDS),
        audit=Audit(state),
        cache=Cache(state),
        submit=submit,
        seal=seal,
        stores=stores,
    )
    targets = Targets(settings.targets.values(), settings.doctor.workers, settings.groups)
    return World(systems, memory, targets, settings.timeouts, journal.freezes)
