"""Applications: what they are set to."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from deploy.core.coolify_model import Listed
from deploy.core.json_fields import read, text
from deploy.systems.coolify.api import app_path
from deploy.systems.coolify.deployments import Deployments
from deploy.systems.coolify.parsing import NAME, listed, parse_application

if TYPE_CHECKING:
    from deploy.core.model import Application


class Applications(Deployments):
    """Which applications there are, and which image one is set to."""

    async def application(self, uuid: str) -> Application:
        """What an application is set to. Its status lags: the health URL decides what runs well.

        Raises:
            NotThere: Coolify has no application with this uuid, or shows it to another team.
        """
        return parse_application(await self._application(uuid))

    async def applications(self) -> tuple[Listed, ...]:
        """All that the token shows."""
        return read(NAME, tuple[Listed, ...], listed(await self._json("GET", "/applications")))

    async def applications_among(self, uuids: Collection[str]) -> dict[str, Application]:
        """What several are set to, by the list of all, in one request; those that it does not show are missing."""
        raw = listed(await self._json("GET", "/applications"))
        return {it["uuid"]: parse_application(it) for it in raw if it.get("uuid") in uuids}

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
        return text(read(NAME, dict, answer).get("logs"))

    async def _application(self, uuid: str) -> Any:
        return await self._json("GET", app_path(uuid), what=f"application {uuid}")
