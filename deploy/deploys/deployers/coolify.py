"""Coolify as a deployer: image, name and commit are set by PATCH, and one deployment at a time is asked for."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.ask import Unknown, ask, known
from deploy.core.coolify_model import FINISHED
from deploy.core.model import HEAD, Deployment, Done, short
from deploy.core.reference import MARK, Reference, brief, configured
from deploy.core.together import together
from deploy.core.units import plural
from deploy.core.values import dataclass
from deploy.deploys.deployers.deployer import Pointed, Stopped, Wanted, Watched
from deploy.deploys.errors import (
    DeploymentFailed,
    NeverQueued,
    NotCancelled,
    NotPointed,
    TagMoved,
    TookTooLong,
)
from deploy.deploys.retrying import PASSING, persistently, wait

if TYPE_CHECKING:
    from deploy.core.coolify_model import Application
    from deploy.engine.engine import Op
    from deploy.world import World

Find = Callable[[], Awaitable[Deployment | None]]
ATTEMPTS = 3  # how often a deployment is asked for while another one of the same app swallows it
DIGEST_TAGS = (4, 0, -1, 435)  # since when a tag of the form `sha256-…` is deployed as a digest
CANCELS = (4, 0, -1, 436)  # since when a deployment can be cancelled


@dataclass(frozen=True, slots=True)
class _Form:
    """A way to write an image in Coolify's two fields."""

    name: str
    tag: str

    @property
    def reference(self) -> Reference | None:
        return configured(self.name, self.tag)


class CoolifyDeployer:
    """Deploys one application; `repository` is its image's, without a tag."""

    def __init__(self, world: World, app: str, repository: str = "") -> None:
        self._world = world
        self._coolify = world.systems.coolify
        self._app = app
        self._repository = repository

    # --- point

    async def point(self, wanted: Wanted, known: tuple[str, ...] | None = None) -> Pointed:
        was, forms = await together(self._coolify.application(self._app), self._forms(wanted.digest))
        refused = ""
        for form in forms:
            try:
                note = f"{wanted.sha} ({brief(wanted.digest)})"
                return Pointed(note, await self._set(form, was, wanted, note, known))
            except errors.Rejected as error:
                refused = error.why
        if wanted.digest:
            await self._tag_names(wanted)
        form = _Form(wanted.name or self._repository, wanted.tag)
        because = f", by its tag: Coolify {self._coolify.version_text} takes no digest ({refused})"
        note = short(wanted.tag) + (because if refused else "")
        return Pointed(note, await self._set(form, was, wanted, note, known), "tag")

    async def _forms(self, digest: str) -> tuple[_Form, ...]:
        """The forms of a digest that this version deploys as one, the plainer one first; none where there is no digest.

        Source: ApplicationDeploymentJob, generate_image_names: name and tag are joined with a colon.
        """
        if not digest:
            return ()
        digits = digest.partition(":")[2]
        joined = _Form(f"{self._repository}{MARK}", digits)
        if await self._coolify.version() < DIGEST_TAGS:
            return (joined,)
        return _Form(self._repository, f"sha256-{digits}"), joined

    async def _tag_names(self, wanted: Wanted) -> None:
        """Raises TagMoved unless the tag names the image that was judged."""
        found = await self._world.systems.registry.digest(self._repository, wanted.tag)
        if found != wanted.digest:
            named = brief(found) if found else "nothing"
            version = self._coolify.version_text
            raise TagMoved(tag=short(wanted.tag), found=named, digest=brief(wanted.digest), version=version)

    async def _set(
        self, form: _Form, was: Application, wanted: Wanted, note: str, known: tuple[str, ...] | None
    ) -> tuple[str, ...]:
        """Set it, though it may be: a request of an earlier run may yet arrive. Returns the deployments that are not
        of this operation.

        An app that follows `latest` gets no commit: later restarts would be kept under it, whatever they run.
        """
        await self._coolify.point(self._app, form.name, form.tag, wanted.commit)
        found, newest = await together(self._coolify.application(self._app), self._newest())
        if (found.image, found.tag) != (form.name, form.tag):
            raise NotPointed(image=note, found=_shown(found.reference))
        already = (was.image, was.tag, was.commit) == (form.name, form.tag, wanted.commit)
        return known if already and known is not None else newest

    async def _newest(self) -> tuple[str, ...]:
        return tuple(each.uuid for each in await self._coolify.deployments(self._app))

    # --- trigger

    async def trigger(self, op: Op, wanted: Wanted, known: tuple[str, ...]) -> Deployment:
        return await self.ask(op, wanted.sha, lambda: self._ours(wanted, known), may_be_there=op.resumed)

    async def ask(self, op: Op, sha: str, find: Find, *, may_be_there: bool = True) -> Deployment:
        """Ask for a deployment, unless `find` finds it, which may be there only if so, and prove that it exists.

        Coolify answers 200 with an id that never existed while another deployment of the same key is under way,
        so only a deployment that can be read counts. Where it cannot be read just now, that is not known yet.

        Raises:
            NeverQueued: no deployment came of it.
        """
        why = ""
        for _ in range(ATTEMPTS):
            if may_be_there and (mine := await persistently(self._world, op, find)):
                return mine
            try:
                uuid = await self._coolify.deploy(self._app)
            except (errors.TimedOut, errors.Unreachable, errors.ServerFault):
                if mine := await persistently(self._world, op, find):  # it may have been queued all the same
                    return mine
                raise
            if proven := await persistently(self._world, op, partial(self._coolify.deployment, uuid)):
                return proven
            why, may_be_there = "another deployment of the app was under way", True
            await self.idle(op)
        raise NeverQueued(sha=sha, why=why)

    async def _ours(self, wanted: Wanted, known: tuple[str, ...]) -> Deployment | None:
        """The deployment of this commit that is newer than the `known` ones: this run's, or one that ended between
        the request and its journal entry.
        """
        keys = {wanted.commit, HEAD}  # before Coolify 4.1.0 the key of an image app is always HEAD
        deployments = await self._coolify.deployments(self._app)
        return next((each for each in deployments if each.uuid not in known and each.commit in keys), None)

    async def idle(self, op: Op) -> bool:
        deadline = time.monotonic() + self._world.timeouts.deploy_within
        listed = partial(self._coolify.deployments, self._app)
        while any(each.active for each in await persistently(self._world, op, listed)):
            if time.monotonic() > deadline:
                return False
            await op.report("Coolify: another deployment of the app goes first")
            await op.pause(self._world.timeouts.poll)
        return True

    # --- watch

    async def watch(self, op: Op, deployment: Deployment, wanted: Wanted) -> Watched:
        begun, last = time.monotonic(), deployment
        with self._coolify.watching():
            while (lasted := time.monotonic() - begun) < self._world.timeouts.deploy_within:
                pause = self._world.timeouts.pause(lasted)
                last = await self._look(op, last, pause)
                if not last.active:
                    return Watched(self._ended(last, wanted))
                await op.pause(pause)
        raise self._too_long(last, wanted, self._world.timeouts.deploy_within)

    async def _look(self, op: Op, last: Deployment, within: float) -> Deployment:
        try:
            now = await self._coolify.watched(last.uuid, within)
        except errors.SystemFailure as failure:
            await wait(self._world, op, failure)
            return last
        if now is None:
            await op.report("Coolify: does not show the deployment just now")
            return last
        line = now.logs[-1].text.strip() if now.logs else await self._standing(now, within)
        await op.report(f"Coolify: {line}")
        return now

    async def _standing(self, deployment: Deployment, within: float) -> str:
        """Its state; while it is queued, also Coolify's other active deployments."""
        state = deployment.status.replace("_", " ")
        if deployment.status != "queued":
            return state
        listed = known(await ask("Coolify", self._coolify.under_way(within))) or {}
        others = len(listed) - (deployment.uuid in listed)
        return f"{state}, with {plural(others, 'other deployment')} under way" if others else state

    def _ended(self, deployment: Deployment, wanted: Wanted) -> Deployment:
        if deployment.status == FINISHED:
            return deployment
        cause = deployment.cause or "Coolify's log says no more"
        raise DeploymentFailed(
            sha=wanted.sha,
            state=deployment.status,
            why=cause,
            deployment=deployment.shown,
        )

    # --- stop

    async def stop(self, op: Op, wanted: Wanted, known: tuple[str, ...]) -> Stopped:
        now = await persistently(self._world, op, lambda: self._ours(wanted, known))
        if now is None:
            return Stopped("", known=await persistently(self._world, op, self._newest))
        queued, cancels = False, await self._cancels(op) if now.active else True
        within = self._world.timeouts.healthy_within if cancels else self._world.timeouts.deploy_within
        deadline = time.monotonic() + within
        while now.active:
            queued = now.status == "queued"
            now = await (
                self._cancelled(op, now) if cancels else self._look(op, now, self._world.timeouts.poll)
            )
            if now.active and time.monotonic() > deadline:
                raise self._too_long(now, wanted, within)
            if now.active:
                await op.pause(self._world.timeouts.poll)
        return Stopped(now.status, queued, await persistently(self._world, op, self._newest))

    async def cancel(self, op: Op, deployments: Sequence[str]) -> Done:
        for count, uuid in enumerate(deployments, 1):
            try:
                await persistently(self._world, op, partial(self._coolify.cancel, uuid))
            except errors.SystemFailure as failure:
                why = str(failure).rstrip(".")
                raise NotCancelled(deployments=", ".join(deployments[:count]), why=why) from None
        if not await self.idle(op):
            why = "a deployment of the app is under way still"
            raise NotCancelled(deployments=", ".join(deployments), why=why)
        return Done(f"cancelled {', '.join(deployments)} in Coolify")

    async def _cancels(self, op: Op) -> bool:
        """Whether this version can cancel; where it cannot, that is told."""
        version = await ask("Coolify", self._coolify.version())
        if isinstance(version, Unknown) or version >= CANCELS:
            return True
        await op.report(
            f"Coolify {self._coolify.version_text} cannot cancel a deployment: it goes on to its end,"
            " and then what ran before is put back"
        )
        return False

    async def _cancelled(self, op: Op, deployment: Deployment) -> Deployment:
        """How it is once Coolify was asked to cancel it; where Coolify does not tell, it may have begun meanwhile."""
        try:
            return await self._coolify.cancel(deployment.uuid)
        except PASSING as failure:
            await op.report(str(failure))
            return replace(deployment, status="in_progress")

    @staticmethod
    def _too_long(deployment: Deployment, wanted: Wanted, within: float) -> TookTooLong:
        state, shown = deployment.status, deployment.shown
        return TookTooLong(sha=wanted.sha, minutes=within / 60, state=state, deployment=shown)


def _shown(reference: Reference | None) -> str:
    return reference.shown if reference else "what names no image"
