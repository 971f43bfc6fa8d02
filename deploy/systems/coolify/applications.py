"""Applications: what they are set to, and what the token may do to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deploy.core.errors import MissingAbility, Rejected
from deploy.systems.coolify.api import app_path
from deploy.systems.coolify.deployments import Deployments
from deploy.systems.coolify.parsing import NAME, parse_application
from deploy.systems.json_fields import Fields

if TYPE_CHECKING:
    from deploy.core.model import Application


class Applications(Deployments):
    """Which image an application is set to."""

    async def application(self, uuid: str) -> Application:
        """What an application is set to. Its status lags: the health URL decides what runs well.

        Raises:
            NotThere: Coolify has no application with this uuid, or shows it to another team.
        """
        return parse_application(await self._application(uuid))

    async def point(self, uuid: str, name: str, tag: str, commit: str) -> None:
        """Set the image that the next deployment runs, and its commit.

        Coolify reads name and tag when a job runs, not when it is queued, so nothing may be queued now.
        The commit is the key by which Coolify tells one deployment from another; before 4.1.0 it
        takes the value and keeps `HEAD` as the key. Setting them twice changes nothing.

        Raises:
            Rejected: this version takes no such name or tag; nothing was set.
        """
        body = {
            "docker_registry_image_name": name,
            "docker_registry_image_tag": tag,
            "git_commit_sha": commit,
        }
        await self._ask("PATCH", app_path(uuid), json=body, safe=True, what=f"application {uuid}")

    async def logs(self, uuid: str, lines: int) -> str:
        """The last lines of its container, both streams in one, with all secrets, and since 4.2.0 with their times.

        Raises:
            NotThere: there is no such application.
            Rejected: with status 400, it does not run.
        """
        query = {"lines": lines, "show_timestamps": "true"}
        answer = await self._json("GET", f"{app_path(uuid)}/logs", params=query, what=f"application {uuid}")
        return Fields(NAME, "log", answer).text("logs")

    async def abilities(self, app: str) -> frozenset[str]:
        """What the token may do to an application: of `read`, `read:sensitive`, `write` and `deploy`.

        Nothing is changed to find out: a PATCH with a field that does not exist and a deployment of
        nothing are refused as wrong (422, 400) only after the token was let through, and as forbidden
        (403) before. An application without any deployment gives no evidence about `read:sensitive`,
        and then it counts as there: a deploy needs it to show log lines, no more.

        Raises:
            NotThere: there is no such application.
            MissingAbility: the API is switched off, or closed to this address.
        """
        unknown = {"fisk_asks_whether_it_may_write": True}
        found = set()
        if await self._may("GET", app_path(app), what=f"application {app}"):
            found.add("read")
            if await self._shows_logs(app):
                found.add("read:sensitive")
        if await self._may("PATCH", app_path(app), json=unknown, what=f"application {app}"):
            found.add("write")
        if await self._may("POST", "/deploy"):
            found.add("deploy")
        return frozenset(found)

    async def _may(self, method: str, path: str, **options: Any) -> bool:
        try:
            await self._ask(method, path, safe=True, **options)
        except Rejected:
            return True
        except MissingAbility as error:
            if error.ability:
                return False
            raise
        return True

    async def _shows_logs(self, app: str) -> bool:
        newest = await self.deployments(app, take=1)
        return not newest or "logs" in Fields(NAME, "deployment", await self._deployment(newest[0].uuid))

    async def _application(self, uuid: str) -> Any:
        return await self._json("GET", app_path(uuid), what=f"application {uuid}")
