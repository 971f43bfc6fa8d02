"""GitHub Actions, acted upon: run again, cancel, start. Each request is sent once, never repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from deploy.core.errors import MissingAbility, NotStartable, Rejected
from deploy.core.json_fields import Number, read
from deploy.systems.github.base import HEADERS, NAME, Api
from deploy.systems.github.refusals import of_rerun

if TYPE_CHECKING:
    from deploy.core.rights import Right

OVER = 409
NO_CONTENT = 204


class Acting(Api):
    """What changes builds."""

    async def rerun(self, build: int, *, failed_only: bool = False) -> None:
        """Ask for a new attempt of a build that is over, of all its jobs or of the failed ones.

        The build keeps its id, and its attempt rises soon after GitHub took the request.

        Raises:
            NotThere: there is no such build.
            NotRerunnable: GitHub does not run it again: it is under way, over a month old, or nothing failed.
        """
        path = f"/actions/runs/{build}/{'rerun-failed-jobs' if failed_only else 'rerun'}"
        try:
            await self._act(path, what=f"build {build}")
        except MissingAbility as error:
            raise of_rerun(error, build) from None

    async def cancel(self, build: int) -> bool:
        """Ask a build to stop; False where it was over already. It stops when its jobs have noticed.

        Raises:
            NotThere: there is no such build.
        """
        return await self._act(f"/actions/runs/{build}/cancel", what=f"build {build}", accept=(OVER,)) != OVER

    async def dispatch(self, workflow: str, ref: str, inputs: Mapping[str, str]) -> int:
        """Start a workflow on a branch: the id of its run, or 0 where this GitHub does not tell it.

        Raises:
            NotThere: the repository has no such workflow file.
            NotStartable: it has no `workflow_dispatch`, or not with these inputs.
        """
        path = f"/repos/{self.repository}{_workflow(workflow)}/dispatches"
        body = {"ref": ref, "inputs": dict(inputs), "return_run_details": True}
        what = f"workflow {workflow} in {self.repository}"
        try:
            answer = await self._ask("POST", path, json=body, headers=HEADERS, what=what)
        except Rejected as error:
            raise NotStartable(system=NAME, workflow=workflow, why=error.why) from None
        if answer.status_code == NO_CONTENT or not answer.content.strip():
            return 0
        return read(NAME, Number, self._http.read(answer), "workflow_run_id")

    async def may_act(self, workflow: str) -> Right:
        """Whether the token may rerun, cancel and start builds, which are one right; tried by starting nothing."""
        return await self._may_post(f"{_workflow(workflow)}/dispatches", "public_repo")

    async def _act(self, path: str, what: str, accept: tuple[int, ...] = ()) -> int:
        path = f"/repos/{self.repository}{path}"
        answer = await self._ask("POST", path, headers=HEADERS, accept_status=accept, what=what)
        return answer.status_code


def _workflow(file: str) -> str:
    return f"/actions/workflows/{quote(file, safe='')}"
