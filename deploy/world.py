"""The dependencies of stories and commands: systems, memory, targets, timeouts. It knows no feature."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import field, replace
from typing import TYPE_CHECKING, TypeVar, cast

from deploy.core import errors
from deploy.core.asked_once import AskedOnce
from deploy.core.freeze import Freezes
from deploy.core.model import Operation, Target
from deploy.core.seal import Seal
from deploy.core.timeouts import Timeouts
from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.engine.audit import Audit
from deploy.engine.history import History
from deploy.engine.journal import Journal
from deploy.engine.locks import Locks
from deploy.redis import promises
from deploy.redis.cache import Cache
from deploy.systems.at_once import CoolifyAtOnce, DockerAtOnce

if TYPE_CHECKING:
    from deploy.core.group import Group
    from deploy.systems.buildkit import BuildKit  # noqa: TC004 (a dataclass only keeps the name)
    from deploy.systems.compose import Compose  # noqa: TC004 (a dataclass only keeps the name)
    from deploy.systems.coolify.coolify import Coolify  # noqa: TC004 (a dataclass only keeps the name)
    from deploy.systems.docker import Docker  # noqa: TC004 (a dataclass only keeps the name)
    from deploy.systems.github import GitHub  # noqa: TC004 (a dataclass only keeps the name)
    from deploy.systems.health import HealthUrl  # noqa: TC004 (a dataclass only keeps the name)
    from deploy.systems.prometheus import Prometheus  # noqa: TC004 (a dataclass only keeps the name)
    from deploy.systems.registry import Registry  # noqa: TC004 (a dataclass only keeps the name)
    from deploy.systems.runner import RunnerService  # noqa: TC004 (a dataclass only keeps the name)
    from deploy.systems.ssh import Ssh  # noqa: TC004 (a dataclass only keeps the name)

T = TypeVar("T")
_Front = AskedOnce | CoolifyAtOnce | DockerAtOnce


@dataclass(frozen=True, slots=True)
class Systems:
    """Clients of the platform's systems. `docker` is each host's engine; what is not configured is None.

    `github` is the usual repository, or the one of the target that is at hand: see `World.of`. `repositories` are all
    of them, by target; `compose` the projects of those that compose runs.
    """

    github: GitHub
    registry: Registry
    coolify: Coolify
    health: HealthUrl
    prometheus: Prometheus
    hosts: Mapping[str, Ssh] = field(default_factory=dict)
    docker: Mapping[str, Docker] = field(default_factory=dict)
    buildkit: BuildKit | None = None
    runner: RunnerService | None = None
    repositories: Mapping[str, GitHub] = field(default_factory=dict)
    compose: Mapping[str, Compose] = field(default_factory=dict)


class Stores:
    """The features' stores in Redis or Valkey, looked up by class; each is created once, by its constructor."""

    def __init__(self, stores: Iterable[object] = ()) -> None:
        self._stores = {type(store): store for store in stores}

    def of(self, kind: type[T]) -> T:
        return cast("T", self._stores[kind])


@dataclass(frozen=True, slots=True)
class Memory:
    """What is stored in Redis or Valkey.

    Attributes:
        submit: begins an operation, here or on any replica.
        seal: the key for fingerprints of values and for the encryption of backups.
        stores: those of the features.
    """

    journal: Journal
    locks: Locks
    history: History
    audit: Audit
    cache: Cache
    submit: Callable[[Operation], Awaitable[None]]
    seal: Seal = field(default_factory=Seal)
    stores: Stores = field(default_factory=Stores)

    async def now(self) -> float:
        """The store's clock, in seconds since the epoch, which all replicas use."""
        return await self.journal.now()

    async def server_settings(self) -> promises.ServerSettings:
        """What the store keeps, by its own settings. Raises errors.StateUnavailable."""
        return await promises.server_settings(self.journal.state)


class Targets(Mapping[str, Target]):
    """All targets by name, and the `groups` of them; `workers` are images without a target, each with its only
    platform.
    """

    def __init__(
        self,
        targets: Iterable[Target],
        workers: Mapping[str, str] | None = None,
        groups: Mapping[str, Group] | None = None,
    ) -> None:
        self._targets = {target.name: target for target in targets}
        self.workers = dict(workers or {})
        self.groups = dict(groups or {})

    def __getitem__(self, name: str) -> Target:
        return self._targets[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._targets)

    def __len__(self) -> int:
        return len(self._targets)

    def find(self, name: str) -> Target | None:
        """A target by its name, in any case, or by the environment that no other target is."""
        plain = name.casefold()
        among = [each for each in self.values() if plain == each.name.casefold()] or [
            each for each in self.values() if plain == each.environment.casefold()
        ]
        return self.get(name) or (among[0] if len(among) == 1 else None)

    def named(self, name: str) -> Target:
        """The target that `find` finds. Raises errors.UnknownTarget and errors.IsGroup."""
        if found := self.find(name):
            return found
        if group := self.group(name):
            raise errors.IsGroup(group=group.name, targets=", ".join(group.targets))
        raise errors.UnknownTarget(target=name, known=", ".join((*self, *self.groups)) or "none")

    def group(self, name: str) -> Group | None:
        """A group by its name, in any case."""
        plain = name.casefold()
        return next((each for each in self.groups.values() if each.name.casefold() == plain), None)


@dataclass(frozen=True, slots=True)
class World:
    """Opened once, in bot/app/wiring.py."""

    systems: Systems
    memory: Memory
    targets: Targets
    timeouts: Timeouts
    freezes: Freezes = field(default_factory=Freezes)

    def of(self, target: Target) -> World:
        """The same, with GitHub as the repository that the target is built from."""
        github = self.systems.repositories.get(target.name, self.systems.github)
        return self if github is self.systems.github else self._at(github)

    def of_each_repository(self) -> tuple[World, ...]:
        """The same once for each repository, the usual one first."""
        return tuple(self._at(github) for github in self._githubs())

    def of_repository(self, name: str) -> World:
        """The same, with GitHub as the repository of that name; as it is where there is no such one."""
        found = (each for each in self.of_each_repository() if each.systems.github.is_(name))
        return next(found, self)

    @property
    def its_targets(self) -> tuple[Target, ...]:
        """Those that are built from the repository at hand."""
        github = self.systems.github
        return tuple(
            each
            for each in self.targets.values()
            if self.systems.repositories.get(each.name, github) is github
        )

    @property
    def workflows(self) -> tuple[str, ...]:
        """The files that build them, in alphabetical order."""
        return tuple(sorted({target.workflow for target in self.its_targets}))

    @asynccontextmanager
    async def one_answer(self) -> AsyncIterator[World]:
        """The same for whoever puts one answer about many targets together: nobody is asked the same twice."""
        systems, memory = self.systems, self.memory
        one = (systems.registry, memory.cache, memory.history, memory.journal, *self._githubs())
        front: dict[int, _Front] = {id(client): AskedOnce(client) for client in one}
        front |= {id(docker): DockerAtOnce(docker) for docker in systems.docker.values()}
        front[id(systems.coolify)] = CoolifyAtOnce(systems.coolify)

        def before(client: T) -> T:
            return cast("T", front[id(client)])

        def each_before(clients: Mapping[str, T]) -> dict[str, T]:
            return {name: before(client) for name, client in clients.items()}

        once = replace(
            systems,
            github=before(systems.github),
            registry=before(systems.registry),
            coolify=before(systems.coolify),
            docker=each_before(systems.docker),
            repositories=each_before(systems.repositories),
        )
        remembered = replace(
            memory,
            cache=before(memory.cache),
            history=before(memory.history),
            journal=before(memory.journal),
        )
        try:
            yield replace(self, systems=once, memory=remembered)
        finally:
            await together(*(each.aclose() for each in front.values()))

    def _githubs(self) -> tuple[GitHub, ...]:
        return tuple(dict.fromkeys((self.systems.github, *self.systems.repositories.values())))

    def _at(self, github: GitHub) -> World:
        return replace(self, systems=replace(self.systems, github=github))
