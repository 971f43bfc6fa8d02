"""Begins what targets follow: the newest good build of the branch, once nothing is in its way.

Any replica may begin it, and one does: an operation's id follows from target, commit and build.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from deploy.access.access import Access
from deploy.access.approvals import question, submit
from deploy.core import errors
from deploy.core.log import logger
from deploy.core.model import Actor, Build, Operation, Origin, short
from deploy.engine.locks import BlockedBy, HeldBy
from deploy.groups.share import share
from deploy.releases.arguments import FollowArguments
from deploy.releases.following import Following, begun, in_force, left_out, overtaken, put_back, seen, stops
from deploy.releases.follows import Follows, change, said
from deploy.releases.kinds import FOLLOW
from deploy.releases.obstacles import in_the_way, pointless

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.redis.mutex import Mutex
    from deploy.world import World

FOLLOWER = Actor("", "follow")  # who begins what nobody typed
MUTEX = "follow"
LOOK_EVERY = 5.0  # seconds between two looks at what is wanted
HELD = 3 * LOOK_EVERY  # seconds after whose holder's death another replica begins what is due
AMONG, ENDED = 200, 20  # operations that are searched, and those on a target that are looked at

log = logger()


async def note(world: World, build: Build) -> None:
    """Note a build of the branch for every target that follows. Raises errors.StateUnavailable."""
    there = world.of_repository(build.repository) if build.repository else world
    for target in there.its_targets:
        if target.workflow == build.workflow and build.over:
            await change(world, target.name, partial(_seen, build))


def _seen(build: Build, it: Following) -> Following:
    return seen(it, build)


class Follower:
    def __init__(self, world: World, mutex: Mutex) -> None:
        self._world = world
        self._mutex = mutex
        self._follows = world.memory.stores.of(Follows)

    async def work(self) -> None:
        """Begin what is wanted, for ever."""
        while True:
            try:
                await self.look()
            except errors.StateUnavailable as failure:
                log.warning("nothing is followed", code=failure.code)
            await asyncio.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Begin what is wanted and may begin, if no other replica does. Raises errors.StateUnavailable."""
        now, stored = await self._world.memory.now(), await self._follows.all()
        for target in self._world.targets.values():
            how = in_force(stored.get(target.name), now, said=said(self._world, target.name))
            if how and how.goes and how.wants and await self._mutex.take(MUTEX, HELD):
                await self._alone(target, how, how.wants)

    async def rest(self) -> None:
        """Release the mutex, so that another replica goes on at once. Raises errors.StateUnavailable."""
        await self._mutex.give_back(MUTEX)

    async def _alone(self, target: Target, how: Following, build: Build) -> None:
        """What a system does not say for one target leaves the others."""
        try:
            await self._advance(target, how, build)
        except errors.StateUnavailable:
            raise
        except errors.FiskError as failure:
            log.warning("a build waits", target=target.name, sha=build.sha, code=failure.code)

    async def _advance(self, target: Target, how: Following, build: Build) -> None:
        operation = await self._operation(target, how, build)
        if await self._began(operation):  # by a replica that could not write it down
            await change(self._world, target.name, lambda it: begun(it, build, operation.id))
        elif not await in_the_way(self._world, target, build):
            await self._begin_unless_stopped(target, how, build, operation)

    async def _begin_unless_stopped(
        self, target: Target, how: Following, build: Build, operation: Operation
    ) -> None:
        """What was put back ended before its lock was free, so it is looked for after that."""
        ended = await self._world.memory.history.operations(target.resource, ENDED, among=AMONG)
        if stopped := put_back(how, (share(each, target.name) or each for each in ended)):
            await change(self._world, target.name, lambda it: stops(it, stopped))
        elif why := await pointless(self._world, target, build):
            log.info("a build is left out", target=target.name, sha=build.sha, why=why)
            await change(self._world, target.name, lambda it: left_out(it, build))
        else:
            await self._begin(target, how, build, operation)

    async def _begin(self, target: Target, how: Following, build: Build, operation: Operation) -> None:
        operation = await self._instead(target, how, operation)
        try:
            await submit(self._world, operation)
        except (HeldBy, errors.Draining):
            return
        except BlockedBy as blocked:
            if blocked.snapshot.operation.id not in {operation.id, question(operation.id)}:
                return
        await change(self._world, target.name, lambda it: begun(it, build, operation.id))

    async def _instead(self, target: Target, how: Following, operation: Operation) -> Operation:
        """Take the question back that an earlier build still asks: this one passes it."""
        asked = question(how.operation) if how.operation else ""
        if not asked or how.done is None or not await self._taken_back(asked):
            return operation
        sha = how.done.sha
        await change(self._world, target.name, lambda it: overtaken(it, sha))
        arguments = operation.arguments
        if not isinstance(arguments, FollowArguments) or sha in arguments.passed:
            return operation
        return replace(operation, arguments=replace(arguments, passed=(sha, *arguments.passed)))

    async def _taken_back(self, asked: str) -> bool:
        try:
            if not (await self._world.memory.journal.load(asked)).open:
                return False
            await self._world.memory.journal.cancel(asked, FOLLOWER)
        except (errors.UnknownOperation, errors.NotCancellable):
            return False
        return True

    async def _began(self, operation: Operation) -> bool:
        for id_ in (operation.id, question(operation.id)):
            try:
                await self._world.memory.journal.load(id_)
            except errors.UnknownOperation:
                continue
            return True
        return False

    # --- the operation

    async def _operation(self, target: Target, how: Following, build: Build) -> Operation:
        """Its id follows from what it is about, so that whoever makes it twice makes the same."""
        access = self._world.memory.stores.of(Access)
        request = f"{target.name} {build.sha} {build.id}.{build.attempt}"
        origin = _where(access.rules.announce, request)
        made = FOLLOW.operation(
            self._arguments(target, how, build),
            await self._world.memory.now(),
            actor=FOLLOWER,
            origin=origin,
            line=f"deploy {short(build.sha)} --to {target.name}",
        )
        decided = (await access.decision_on(made)).why
        return replace(made, decided=decided, asker=_pusher(access, build))

    def _arguments(self, target: Target, how: Following, build: Build) -> FollowArguments:
        branch = self._world.of(target).systems.github.branch
        who = build.pusher or build.actor
        passed = how.passed
        return FollowArguments(
            target.name, build.sha, branch, build.id, build.attempt, who, passed, how.by, how.where
        )


def _where(announce: str, request: str) -> Origin:
    """Where outcomes are told, or nowhere else."""
    return Origin("slack", announce, request=request) if announce else Origin("terminal", request=request)


def _pusher(access: Access, build: Build) -> Actor:
    """Whoever pushed, as a Slack user where `[people]` says who that is."""
    login = build.pusher or build.actor
    return Actor(access.rules.people.by_login.get(login, ""), login)
