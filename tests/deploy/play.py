"""Runs operations: the real engine over a real Valkey, against the sandbox over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from pydantic import SecretStr

from deploy.access.access import Access, Rules as AccessRules
from deploy.builds.sight import Sight
from deploy.core.cancelling import end
from deploy.core.group import Group
from deploy.core.model import Origin, Target
from deploy.core.outcomes import Cancelled
from deploy.core.reference import configured
from deploy.core.seal import Seal
from deploy.core.timeouts import Timeouts
from deploy.deploys.outcomes import Deployed, PutBack
from deploy.deploys.steady import Steadies
from deploy.doctor.files import SettingsFiles
from deploy.engine.audit import Audit
from deploy.engine.audit_copies import Copies
from deploy.engine.engine import Engine
from deploy.engine.history import History
from deploy.engine.locks import Locks
from deploy.env.backup import Backup
from deploy.kinds import KINDS
from deploy.notices.store import Rules
from deploy.redis.cache import Cache
from deploy.releases.follows import Follows
from deploy.systems.compose import Compose
from deploy.systems.coolify.coolify import Coolify
from deploy.systems.docker import Docker
from deploy.systems.github import GitHub
from deploy.systems.health import HealthUrl
from deploy.systems.hosts import RunnerSpec
from deploy.systems.http import Http
from deploy.systems.prometheus import Prometheus
from deploy.systems.registry import Registry
from deploy.systems.runner import RunnerService
from deploy.world import Memory, Stores, Systems, Targets, World
from sandbox import story, workers_story
from sandbox.hosts import RUNNER, SERVICE
from sandbox.world import UUIDS
from tests.deploy.conftest import ANA, ended
from tests.deploy.machines import buildkit_of, ssh_to, workers_of
from tests.deploy.watchful import Watchful
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.core.outcomes import Outcome
    from deploy.redis.connect import State
    from deploy.systems.buildkit import BuildKit
    from sandbox.coolify.applications import App
    from sandbox.world import World as Sandbox

TIMEOUTS = Timeouts(
    poll=0.02,
    bake_every=0.02,
    healthy_for=0.05,
    healthy_within=2,
    deploy_within=10,
    build_within=10,
    buildkit_within=10,
)
TIME_LIMIT = 2.0  # seconds that a system may take to answer, on a busy machine too
IMAGE = f"{story.REGISTRY}/{story.IMAGE}"
APP = f"/api/v1/applications/{UUIDS['app']}"

__all__ = ["APP", "IMAGE", "TIMEOUTS", "Play", "Watchful"]


RELEASE = Group("release", ("workers", "app"), pairs=workers_story.PAIRS)
APPS = {"worker": "w0rker"}  # what a test may add that is no target


class Play:
    """`outside` is the sandbox, `world` fisk's view of it; a `buildkit` stands in for the sandbox's own.

    `changed` makes another view of it, before anything runs.
    """

    def __init__(
        self,
        outside: Sandbox,
        state: State,
        timeouts: Timeouts = TIMEOUTS,
        buildkit: BuildKit | None = None,
        changed: Callable[[World], World] = lambda world: world,
    ) -> None:
        self.outside = outside
        self.state = state
        self.journal = Watchful(state)
        self.http = [self._http("GitHub", outside.github.url, outside.github.token)]
        self.http.append(self._http("Coolify", outside.coolify.url, outside.coolify_token))
        hosts = {
            server.machine.name: ssh_to(outside, server.machine.name)
            for server in outside.hosts.sshd.values()
        }
        seal = Seal(SecretStr(outside.key))
        targets = {name: self._target(name) for name in UUIDS}
        docker = {name: Docker(ssh) for name, ssh in hosts.items()}
        github, others = GitHub(self.http[0], story.REPOSITORY), {}
        compose = {}
        if outside.workers:
            targets["workers"] = workers = workers_of(outside)
            compose["workers"] = Compose(docker["vps"], workers)
            others["workers"] = GitHub(self.http[0], workers.repository)
        access = Access(AccessRules(targets=targets, apps=APPS), KINDS)
        told = Rules(state, {}), Sight(state), Steadies(state), Follows(state)
        more = SettingsFiles(), Copies(state, ())
        self.world = World(
            Systems(
                github=github,
                repositories=dict.fromkeys(UUIDS, github) | others,
                compose=compose,
                registry=Registry(outside.registry.url),
                coolify=Coolify(self.http[1]),
                health=HealthUrl(timeout=TIME_LIMIT),
                prometheus=Prometheus(),
                hosts=hosts,
                docker=docker,
                buildkit=buildkit or buildkit_of(outside, hosts["vps01"]),
                runner=RunnerService(RunnerSpec(RUNNER, "vps", SERVICE), hosts["vps"]),
            ),
            Memory(
                journal=self.journal,
                locks=Locks(state),
                history=History(state, KINDS),
                audit=Audit(state),
                cache=Cache(state),
                submit=self._submit,
                seal=seal,
                stores=Stores((*told, *more, access, Backup(state, seal))),
            ),
            Targets(targets.values(), groups={"release": RELEASE} if outside.workers else None),
            timeouts,
        )
        self.world = changed(self.world)
        self._engines: list[Engine] = []
        self.engine = self.another_engine("first")
        self.working = asyncio.create_task(self.engine.work())

    @staticmethod
    def _http(system: str, url: str, token: str) -> Http:
        headers = {"Authorization": f"Bearer {token}"}
        setting = f"FISK_{system.upper()}_TOKEN"
        return Http(system, url, headers=headers, setting=setting, timeout=TIME_LIMIT, sleep=_at_once)

    def _target(self, name: str) -> Target:
        health = self.outside.host.health_url(name)
        return Target(
            name,
            IMAGE,
            UUIDS[name],
            health,
            environment=story.ENVIRONMENTS[name],
            host="vps01",
        )

    async def _submit(self, operation: Operation) -> None:
        await self.engine.submit(operation)

    def another_engine(self, runner: str) -> Engine:
        self._engines.append(Engine(self.journal, KINDS, runner, self.world))
        return self._engines[-1]

    def sees(self, world: World) -> None:
        """What begins from now on runs in this world."""
        self.world = world
        self.engine = self.another_engine(f"in another world, {len(self._engines)}")

    async def close(self) -> None:
        for engine in self._engines:
            await engine.drain(0)
        await end([self.working])
        for http in self.http:
            await http.aclose()
        await self.world.systems.registry.aclose()
        await self.world.systems.health.aclose()
        await self.world.systems.prometheus.aclose()
        for ssh in self.world.systems.hosts.values():
            await ssh.aclose()

    # --- what people do

    async def begin(self, kind: str, **arguments: Any) -> Operation:
        """`arguments` are those of the kind; the target is `app` where none is named."""
        made = KINDS[kind].arguments(**arguments)
        operation = KINDS[kind].operation(
            made, await self.world.memory.now(), actor=ANA, origin=Origin("terminal")
        )
        await self.engine.submit(operation)
        return operation

    async def end(self, operation: Operation) -> Outcome:
        """Wait for the end. Afterwards no lock is left, whatever the outcome."""
        outcome = (await ended(self.journal, operation.id)).outcome
        assert outcome is not None
        assert operation.id not in (await self.world.memory.locks.locked()).values()
        assert isinstance(outcome, Cancelled) or await self._opened_as_told(operation)
        return outcome

    async def _opened_as_told(self, operation: Operation) -> bool:
        """Whether the opening of its kind is one that its story took."""
        events = await self.journal.events(operation.id)
        ended = {event.step for event in events if event.event in {"step_finished", "step_failed"}}
        return KINDS.opening(operation) in {"", *ended}

    async def deploy(self, ref: str, target: str = "app", *, force: bool = False) -> Outcome:
        return await self.end(await self.begin("deploy", target=target, ref=ref, force=force))

    async def rollback(self, ref: str = "") -> Outcome:
        return await self.end(await self.begin("rollback", target="app", ref=ref))

    async def begin_on_buildkit(self, kind: str, **arguments: Any) -> Operation:
        """`kind` is restart or recreate."""
        assert self.world.systems.buildkit is not None
        return await self.begin(f"buildkit {kind}", host=self.world.systems.buildkit.spec.host, **arguments)

    async def on_buildkit(self, kind: str, **arguments: Any) -> Outcome:
        return await self.end(await self.begin_on_buildkit(kind, **arguments))

    # --- what is so

    @property
    def app(self) -> App:
        return self.outside.coolify.apps["app"]

    @property
    def runs(self) -> str:
        return self.outside.coolify.running("app")

    @property
    def set_to(self) -> tuple[str, str]:
        """What the next deployment would run: the commit that is really in a digest, or the tag; and its commit."""
        reference = configured(self.app.image, self.app.tag)
        assert reference is not None
        shipped = self.outside.registry.find(story.IMAGE, reference.digest) if reference.digest else None
        return shipped.sha if shipped else reference.of, self.app.commit

    async def failures(self, operation: Operation) -> dict[str, str]:
        """The sentence of each step that failed."""
        events = await self.journal.events(operation.id)
        return {event.step: event.error.sentence for event in events if event.event == "step_failed"}

    async def said(self, operation: Operation) -> list[str]:
        """Every line of progress."""
        events = await self.journal.events(operation.id)
        return [event.text for event in events if event.event == "progress"]

    async def until(self, ready: Callable[[], object]) -> None:
        async def look() -> bool:
            return bool(ready())

        await until(look)

    async def reached(self, operation: Operation, step: str) -> None:
        """Wait until it is at a step."""

        async def look() -> bool:
            return (await self.journal.load(operation.id)).step == step

        await until(look)


async def _at_once(_seconds: float) -> None:
    """Wait between two tries no longer than a real network would take."""
    await asyncio.sleep(0.01)


def deployed(outcome: Outcome) -> Deployed:
    """A good end, without how long it took."""
    assert isinstance(outcome, Deployed), outcome
    return replace(outcome, seconds=0)


def put_back(outcome: Outcome) -> tuple[str, PutBack]:
    """The code of what went wrong, and the end."""
    assert isinstance(outcome, PutBack), outcome
    return outcome.error.code, outcome


def code(outcome: Outcome) -> str:
    """The code of the error that an operation ended with."""
    return cast("str", getattr(getattr(outcome, "error", None), "code", ""))
