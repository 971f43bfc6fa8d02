"""GitHub Actions: builds and their jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from deploy.systems.github.base import PAGE, Api, given
from deploy.systems.github.parsing import parse_builds, parse_jobs

if TYPE_CHECKING:
    from deploy.model import Build, Job
    from deploy.systems.github.base import Params


class Actions(Api):
    """Runs of workflows; a workflow is named by its file."""

    async def builds(
        self, workflow: str, *, sha: str = "", branch: str = "", status: str = "", limit: int = 20
    ) -> tuple[Build, ...]:
        """Runs of a workflow file, newest first. A rerun keeps its id and raises `attempt`.

        Raises:
            NotThere: the repository has no such workflow file.
        """
        wanted = {"head_sha": sha, "branch": branch, "status": status}
        params: Params = {**given(wanted), "per_page": min(limit, PAGE)}
        path = f"/actions/workflows/{quote(workflow, safe='')}/runs"
        return parse_builds(await self._read(path, params, what=f"workflow {workflow} in {self.repository}"))

    async def jobs(self, build: int) -> tuple[Job, ...]:
        """The jobs of a build's newest attempt, with their steps.

        Raises:
            NotThere: there is no such build.
        """
        params: Params = {"filter": "latest", "per_page": PAGE}
        return parse_jobs(await self._read(f"/actions/runs/{build}/jobs", params, what=f"build {build}"))
