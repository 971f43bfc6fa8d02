"""GitHub's deployments page: what runs where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.github_model import Entry
from deploy.core.json_fields import read
from deploy.core.units import cut
from deploy.systems.github.base import NAME, PAGE, Api, given

if TYPE_CHECKING:
    from deploy.core.rights import Right

DESCRIPTION = 140  # characters; GitHub refuses longer ones


class Deployments(Api):
    """Entries on the deployments page and their statuses."""

    async def create_deployment(
        self, sha: str, environment: str, description: str, *, production: bool
    ) -> int:
        """Open an entry on GitHub's deployments page and return its id. It is sent once: twice makes two."""
        body = {
            "ref": sha,
            "environment": environment,
            "description": cut(description, DESCRIPTION),
            "production_environment": production,
            # Without these two GitHub merges the base branch in, or waits for checks.
            "auto_merge": False,
            "required_contexts": [],
        }
        answer = await self._send("/deployments", body, what=f"repository {self.repository}")
        return read(NAME, Entry, answer).id

    async def set_deployment_status(
        self,
        deployment: int,
        state: str,
        *,
        description: str = "",
        log_url: str = "",
        environment_url: str = "",
    ) -> None:
        """Say how a deployment goes: queued, in_progress, success, failure, error or inactive."""
        more = {
            "description": cut(description, DESCRIPTION),
            "log_url": log_url,
            "environment_url": environment_url,
        }
        body = {"state": state, **given(more)}
        await self._send(f"/deployments/{deployment}/statuses", body, what=f"deployment {deployment}")

    async def may_deploy(self) -> Right:
        """Whether the token may write deployments; tried without making one."""
        return await self._may_post("/deployments", "public_repo", "repo_deployment")

    async def deployments(
        self, environment: str, *, sha: str = "", description: str = "", limit: int = 10
    ) -> tuple[int, ...]:
        """The ids of an environment's entries on the deployments page, newest first.

        GitHub itself does not look for a `description`, so only the newest `limit` are looked through.
        """
        listed = await self.entries(environment, limit, sha=sha)
        return tuple(entry.id for entry in listed if description in {"", entry.description})

    async def entries(self, environment: str, limit: int, *, sha: str = "") -> tuple[Entry, ...]:
        """The newest `limit` of them, newest first."""
        params = {"environment": environment, **given({"sha": sha}), "per_page": min(limit, PAGE)}
        what = f"repository {self.repository}"
        return await self._read(tuple[Entry, ...], "/deployments", params, what=what)
