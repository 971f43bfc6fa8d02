"""docker compose as a deployer: the commit is written into the project's `.env`, then its images are pulled and its
containers made anew.

Compose pulls by tag, so the tags must name the images that were judged, and the containers are proven by digest.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.coolify_model import FINISHED
from deploy.core.model import Deployment, Done, short
from deploy.core.reference import brief
from deploy.core.units import plural
from deploy.deploys.deployers.deployer import Pointed, Stopped, Wanted, Watched
from deploy.deploys.deployers.project import project
from deploy.deploys.deployers.settling import Settling
from deploy.deploys.project_errors import ComposeFailed, NotUp, TagNamesOther, VariablesNotSet
from deploy.deploys.retrying import persistently

if TYPE_CHECKING:
    from deploy.core.compose_model import Project
    from deploy.core.target import Target
    from deploy.engine.engine import Op
    from deploy.world import World

OVER = "over"  # how everything of compose's is that runs no more


class ComposeDeployer:
    """Deploys one target. What its host does not answer for is asked again, as long as a deploy may take."""

    def __init__(self, world: World, target: Target) -> None:
        self._world = world
        self._target = target
        self._compose = world.systems.compose[target.name]

    async def point(self, wanted: Wanted, known: tuple[str, ...] | None = None) -> Pointed:  # noqa: ARG002 (the port's)
        await self._tags_name(wanted)
        values = dict(wanted.variables) or self._target.variables_of(wanted.commit)
        found = await self._compose.variables()
        if found != values:
            found = await self._compose.write(values)
        if found != values:
            raise VariablesNotSet(folder=self._target.folder, host=self._target.host, found=_shown(found))
        return Pointed(f"{_shown(found)} in {self._target.folder}/.env", (), "tag")

    async def _tags_name(self, wanted: Wanted) -> None:
        """Raises TagNamesOther unless each tag names the image that was judged."""
        digests = (wanted.digest, *wanted.others)
        for image, digest in zip(self._target.every_image, digests, strict=False):
            found = await self._world.systems.registry.digest(image, wanted.tag) if digest else digest
            if found != digest:
                named = brief(found) if found else "nothing"
                raise TagNamesOther(tag=short(wanted.tag), image=image, found=named, digest=brief(digest))

    async def trigger(self, op: Op, wanted: Wanted, known: tuple[str, ...]) -> Deployment:  # noqa: ARG002 (the port's)
        """Pull and start; doing that twice changes nothing more."""
        within, services = self._world.timeouts.deploy_within, await self._services(op)
        await op.report("docker compose pulls the images")
        await self._at(op, "pull", lambda: self._compose.pull(services, within))
        await op.report("docker compose starts the containers")
        await self._at(op, "up", lambda: self._compose.up(services, within))
        it = await self.look(op)
        if stale := stale_services(it, wanted):
            await op.report(f"docker compose makes {', '.join(stale)} anew, which it would keep")
            await self._at(op, "up", lambda: self._compose.up(stale, within, anew=True))
        note = f"docker compose has started {plural(len(it.parts), 'container')}"
        return Deployment(self._target.project_name, FINISHED, wanted.commit, did=note)

    async def _services(self, op: Op) -> tuple[str, ...]:
        """Those to be deployed: as set, else all of the file but those whose containers are of another image."""
        if self._target.services:
            return self._target.services
        return await persistently(self._world, op, self._compose.services)

    async def watch(self, op: Op, deployment: Deployment, wanted: Wanted) -> Watched:
        """Raises NotUp."""
        settling = Settling(self._target.settle, time.monotonic())
        while True:
            it, now = await self.look(op), time.monotonic()
            if settling.settled(it, now):
                return Watched(deployment, it.note)
            if settling.failed(it) or now - settling.begun > self._world.timeouts.healthy_within:
                raise NotUp(sha=wanted.sha, host=self._target.host, how=it.note, target=self._target.name)
            await op.report(it.note)
            await op.pause(self._world.timeouts.pause(now - settling.begun))

    async def stop(self, op: Op, wanted: Wanted, known: tuple[str, ...]) -> Stopped:  # noqa: ARG002 (the port's)
        """What was begun cannot be taken back, but ends; a connection that is lost does not end it."""
        if not await self.idle(op):
            raise errors.ComposeBusy(system=self._target.host, folder=self._target.folder)
        return Stopped(OVER)

    async def cancel(self, op: Op, deployments: Sequence[str]) -> Done:  # noqa: ARG002 (the port's)
        return Done()

    async def idle(self, op: Op) -> bool:
        deadline = time.monotonic() + self._world.timeouts.deploy_within
        while await persistently(self._world, op, self._compose.busy):
            if time.monotonic() > deadline:
                return False
            await op.report(f"docker compose is at work in {self._target.folder}, which goes first")
            await op.pause(self._world.timeouts.poll)
        return True

    async def look(self, op: Op) -> Project:
        return await persistently(self._world, op, lambda: project(self._world, self._target))

    async def _at(self, op: Op, what: str, act: Callable[[], Awaitable[None]]) -> None:
        """Raises ComposeFailed where compose itself says no."""
        try:
            await persistently(self._world, op, act)
        except errors.CommandFailed as failure:
            raise ComposeFailed(what=what, host=self._target.host, why=failure.why.rstrip(".")) from None


def stale_services(it: Project, wanted: Wanted) -> tuple[str, ...]:
    """The services of which a container was not made from what is wanted."""
    digests = {digest for digest in (wanted.digest, *wanted.others) if digest}
    stale = (part for part in it.parts if (part.digest not in digests if digests else part.tag != wanted.tag))
    return tuple(sorted({part.service for part in stale}))


def _shown(variables: dict[str, str]) -> str:
    return ", ".join(f"{name}={short(value)}" for name, value in variables.items()) or "no variable"
