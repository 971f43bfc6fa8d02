"""Watches builds by webhooks, and by polling for what webhooks missed.

Either alone suffices. A look costs GitHub's rate limit nothing while nothing changed (ETags), and one replica
looks at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from deploy.builds.conclusions import DELETED
from deploy.builds.sight import Sight
from deploy.core import errors
from deploy.core.github_model import Build, Webhook
from deploy.core.json_fields import read
from deploy.core.log import logger
from deploy.core.values import dataclass
from deploy.notices.errors import BuildsHidden
from deploy.notices.policy import about, fresh
from deploy.notices.repository import Repository
from deploy.releases.follower import note
from deploy.releases.follows import anybody_follows

if TYPE_CHECKING:
    from deploy.notices.store import Noted, Notices, Rules
    from deploy.redis.mutex import Mutex
    from deploy.world import World

MUTEX = "watch"
SURE = 2  # looks in a row
BLIND = (errors.MissingAbility, errors.NotThere)  # beside a token that is refused altogether
AFTER_FAILURE = 5.0  # seconds until the next poll where the store did not answer
OF_ALL = (errors.Unreachable, errors.TimedOut, errors.Unauthorized, errors.RateLimited)

log = logger()


@dataclass(frozen=True, slots=True)
class Every:
    """Seconds between two looks: usually, and while a build runs."""

    idle: float = 15.0
    busy: float = 5.0


class Watch:
    """Sees builds of the branch that is deployed from, and notes what is news and what targets follow."""

    def __init__(self, world: World, notices: Notices, rules: Rules, mutex: Mutex, every: Every) -> None:
        self._world = world
        self._notices = notices
        self._rules = rules
        self._mutex = mutex
        self._every = every
        self._repositories = tuple(map(Repository, world.of_each_repository()))
        self._sight = world.memory.stores.of(Sight)
        self._blind = 0

    # --- what GitHub tells

    async def hear(self, payload: dict[str, Any], delivery: str) -> Noted | None:
        """Note what a `workflow_run` webhook says; None where it is not about a build that anybody waits for.

        Raises:
            errors.Unexpected: the payload is none of GitHub's.
            errors.StateUnavailable: fisk's memory does not answer.
        """
        told, build = read("GitHub", Webhook, payload), heard(payload)
        repository = await self._of(told)
        if repository is None or not repository.is_ours(build) or not await self._somebody_listens():
            return None
        build = repository.named(build)
        if not fresh(build, await self._world.memory.now()):
            return None
        await note(self._world, build)
        return await self._notices.see(build, delivery=delivery)

    async def _of(self, told: Webhook) -> Repository | None:
        for each in self._repositories:
            if await each.is_meant(told):
                return each
        return None

    # --- what fisk finds by looking

    async def work(self) -> None:
        """Poll for ever."""
        while True:
            pause = await self._pause()
            await asyncio.sleep(pause)

    async def _pause(self) -> float:
        try:
            return await self.look()
        except errors.StateUnavailable:
            return AFTER_FAILURE
        except errors.SystemFailure as failure:
            log.warning("builds not looked at", code=failure.code)
            return max(self._every.idle, failure.retry_after or 0)

    async def rest(self) -> None:
        """Release the mutex, so that another replica can poll at once. Raises errors.StateUnavailable."""
        await self._mutex.give_back(MUTEX)

    async def look(self) -> float:
        """Poll once, if this replica gets the mutex and any channel wants notices: the seconds until the next poll.

        Raises:
            errors.SystemFailure: GitHub's, where that is about more than one workflow or run.
            errors.StateUnavailable: fisk's memory does not answer.
        """
        if not await self._somebody_listens():
            return self._every.idle
        busy = await self._notices.under_way()
        pause = self._every.busy if busy else self._every.idle
        if await self._mutex.take(MUTEX, 2 * self._every.idle):
            since = await self._notices.watching()
            await self._look_at_all(since)
            await self._look_after()
        return pause

    async def _look_at_all(self, since: float) -> None:
        """Look at every workflow, and note whether the token lets fisk see them."""
        failures: list[errors.SystemFailure | None] = []
        each = [(one, workflow) for one in self._repositories for workflow in one.workflows]
        try:
            for repository, workflow in each:
                look = self._look_at(repository, workflow, since)
                failures.append(await _alone(look, workflow=workflow))
        except errors.Unauthorized as failure:
            await self._is_blind(failure)
            raise
        if blind := next((failure for failure in failures if isinstance(failure, BLIND)), None):
            await self._is_blind(blind)
        elif not any(failures):
            self._blind = 0
            await self._sight.found()

    async def _is_blind(self, failure: errors.SystemFailure) -> None:
        """At the second look in a row: one such answer may be a mistake of GitHub's."""
        self._blind += 1
        if self._blind >= SURE:
            await self._sight.lost(_hidden(failure).failure)

    async def _somebody_listens(self) -> bool:
        channels = any(rule != "off" for rule in (await self._rules.all()).values())
        if channels or await anybody_follows(self._world):
            return True
        await self._notices.unwatched()
        await self._sight.forget()
        return False

    async def _look_at(self, repository: Repository, workflow: str, since: float) -> None:
        """The newest builds of a workflow."""
        try:
            for build in await repository.news(workflow):
                await self._note(build, await self._world.memory.now(), since)
        except errors.StateUnavailable:
            repository.forget(workflow)  # what was not noted is gone through again
            raise

    async def _note(self, build: Build, now: float, since: float) -> None:
        await note(self._world, build)
        if await self._news(build, now, since):
            await self._notices.see(build)

    async def _news(self, build: Build, now: float, since: float) -> bool:
        """What fisk has seen running is no history, whatever GitHub's clock says of its end."""
        if fresh(build, now, since):
            return True
        return fresh(build, now) and await self._notices.known(build.id) is not None

    async def _look_after(self) -> None:
        """Those that it is time to look at: still running, perhaps for too long, or not checked yet."""
        for run in await self._notices.due():
            build = await self._notices.known(run)
            if build is None:
                await self._notices.look_again(run, 0)
            else:
                await _alone(self._look_closer(build), run=run)

    async def _look_closer(self, build: Build) -> None:
        """A message tells what has changed: its state, or only the time that it takes."""
        if build.over or await self._notices.see(await _again(self._world, build)) != "news":
            await self._notices.remind(about(build))


async def _alone(look: Awaitable[None], **about: object) -> errors.SystemFailure | None:
    """What fails for one workflow or run leaves the others; where all would fail alike, they need not ask."""
    try:
        await look
    except OF_ALL:
        raise
    except errors.SystemFailure as failure:
        log.warning("builds not looked at", code=failure.code, **about)
        return failure
    return None


def _hidden(failure: errors.SystemFailure) -> errors.SystemFailure:
    """GitHub calls not there what a token may not see."""
    if isinstance(failure, errors.NotThere):
        return BuildsHidden(system=failure.system, what=failure.what)
    return failure


async def _again(world: World, build: Build) -> Build:
    """The run as it is now; one that GitHub knows no more has ended without anybody knowing how."""
    there = world.of_repository(build.repository) if build.repository else world
    try:
        found = await there.systems.github.run(build.id)
    except errors.NotThere:
        return replace(build, status="completed", conclusion=DELETED, updated=await world.memory.now())
    return replace(found, repository=build.repository)


def heard(payload: dict[str, Any]) -> Build:
    """The build in a `workflow_run` webhook. Raises errors.Unexpected."""
    build = read("GitHub", Build, payload, "workflow_run")
    return replace(build, workflow=build.workflow or read("GitHub", Webhook, payload).workflow)
