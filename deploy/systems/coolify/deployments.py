"""Deployments: asked for, looked at, cancelled."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from deploy.core.errors import MissingAbility, NotThere, RateLimited, SystemFailure, Unauthorized
from deploy.core.json_fields import read
from deploy.core.recent import Recent
from deploy.systems.coolify.api import Api
from deploy.systems.coolify.parsing import (
    NAME,
    full,
    parse_active,
    parse_deployment,
    parse_history,
    parse_printed,
    parse_trigger,
    parse_under_way,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from deploy.core.model import Deployment
    from deploy.systems.http import Http


class Deployments(Api):
    """The deployments that run an application's image."""

    def __init__(self, http: Http) -> None:
        super().__init__(http)
        self._under_way = Recent(self._listed)
        self._watchers = 0

    async def deploy(self, uuid: str) -> str:
        """Ask for a deployment and return the uuid that Coolify claims for it. Sent once, never repeated.

        The uuid proves nothing: for `Deployment already queued for this commit.` Coolify invents one
        that never exists, so the caller reads it back with `deployment`.

        Raises:
            Rejected, MissingAbility: Coolify says no, although with status 200.
            QueueFull: too many deployments wait on its server.
            NotThere: there is no such application.
        """
        what = f"application {uuid}"
        try:
            answer = await self._json("POST", "/deploy", params={"uuid": uuid}, what=what)
        except RateLimited as error:
            raise full(error) from None
        return parse_trigger(answer, uuid, self._http.setting)

    async def deployment(self, uuid: str) -> Deployment | None:
        """A deployment with its log; None where it does not exist, as for an invented uuid."""
        found = await self._deployment(uuid)
        return None if found is None else await asyncio.to_thread(parse_deployment, found)

    async def printed(self, uuid: str) -> tuple[str, ...]:
        """What the application itself printed into a deployment's log: the last lines of a container whose health
        check failed. It may hold anything. Empty where there is no such deployment.
        """
        found = await self._deployment(uuid)
        return () if found is None else await asyncio.to_thread(parse_printed, found.get("logs"))

    async def active(self) -> tuple[Deployment, ...]:
        """Every deployment that is queued or in progress, of any application, without their logs."""
        return parse_active(await self._json("GET", "/deployments"))

    async def under_way(self, within: float) -> Mapping[str, Deployment]:
        """The same by their uuids and with their logs, as they were at most `within` seconds ago."""
        return await self._under_way.get(within)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Within this somebody watches a deployment."""
        self._watchers += 1
        try:
            yield
        finally:
            self._watchers -= 1

    async def watched(self, uuid: str, within: float) -> Deployment | None:
        """A deployment with its log; where several are watched, as it was at most `within` seconds ago.

        One request for all that are under way then serves all watchers, since Coolify takes 200 a minute. What is not
        among them, or where they cannot be read, is asked for alone.
        """
        try:
            listed = await self.under_way(within) if self._watchers > 1 else {}
        except RateLimited:
            raise
        except SystemFailure:
            listed = {}
        return listed.get(uuid) or await self.deployment(uuid)

    async def _listed(self) -> Mapping[str, Deployment]:
        return await asyncio.to_thread(parse_under_way, await self._json("GET", "/deployments"))

    async def deployments(self, app: str, take: int = 10) -> tuple[Deployment, ...]:
        """An application's deployments, newest first, without their logs.

        Raises:
            NotThere: there is no such application.
        """
        path, page = f"/deployments/applications/{quote(app, safe='')}", {"skip": 0, "take": take}
        return parse_history(await self._json("GET", path, params=page, what=f"application {app}"))

    async def cancel(self, uuid: str) -> Deployment:
        """Ask to cancel a deployment, and return it as it is afterwards.

        The answer itself means little: 400 where it was over already, and before 4.3.7 a 500 although
        it did cancel. So what is still active was not cancelled, whatever kept Coolify from it, and may be
        asked for again. `cancelled-by-user` in turn does not prove that the old image still runs.

        Raises:
            NotThere: there is no such deployment.
            MissingAbility: the token may not deploy, so it may not cancel.
        """
        failed: SystemFailure | None = None
        path = f"/deployments/{quote(uuid, safe='')}/cancel"
        try:
            await self._ask("POST", path, safe=True, what=f"deployment {uuid}")
        except (MissingAbility, Unauthorized, NotThere):
            raise
        except SystemFailure as error:
            failed = error
        now = await self.deployment(uuid)
        if now is None:
            raise failed or NotThere(system=NAME, what=f"deployment {uuid}")
        return now

    async def _deployment(self, uuid: str) -> dict[str, Any] | None:
        """As Coolify tells it; None where there is none."""
        try:
            return read(NAME, dict, await self._json("GET", f"/deployments/{quote(uuid, safe='')}"))
        except NotThere:
            return None
