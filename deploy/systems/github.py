"""GitHub: commits, comparisons, builds and its own deployments page, over the REST API."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import quote, urlencode

from deploy.errors import CommitNotFound, MissingAbility, RateLimited
from deploy.model import Build, Commit, Comparison, Job, JobStep
from deploy.systems.answers import SLOW_DOWN, seconds
from deploy.systems.etags import Known
from deploy.systems.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from deploy.systems.http import Http

    Params = Mapping[str, str | int]

NAME = "GitHub"
SHA = re.compile(r"[0-9a-f]{40}")
PAGE = 100  # GitHub's largest
DESCRIPTION = 140  # characters; GitHub refuses longer ones
# An unknown ref is a 404, an ambiguous one a 422, and a commit of an empty repository a 409.
NO_SUCH_COMMIT = (404, 409, 422)
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


class GitHub:
    """One repository at GitHub. Every method may raise any SystemFailure.

    Args:
        http: the way to the API; its headers carry the token.
        repository: as `owner/name`.
        branch: the one that is deployed from.
    """

    def __init__(self, http: Http, repository: str, branch: str = "main") -> None:
        self.repository = repository
        self.branch = branch
        self._http = http
        self._known = Known()

    async def commit(self, ref: str) -> Commit:
        """The one commit that `ref` (a branch, or any prefix of a sha) names, with the files it changed.

        Raises:
            CommitNotFound: it is unknown or ambiguous; GitHub does not say which.
        """
        if ref in {"", ".", ".."}:
            raise CommitNotFound(ref=ref, repository=self.repository)
        return parse_commit(await self._commits(f"/commits/{quote(ref, safe='')}", ref))

    async def ancestors(self, sha: str, limit: int = 50) -> tuple[Commit, ...]:
        """`sha` and what came before it, newest first, at most `limit` (and 100); without their files.

        Raises:
            CommitNotFound: there is no such commit.
        """
        params: Params = {"sha": sha, "per_page": min(limit, PAGE)}
        return parse_commits(await self._commits("/commits", sha, params))

    async def compare(self, base: str, head: str) -> Comparison:
        """`head` seen from `base`. GitHub lists the newest 250 commits at most; the counts stay true.

        Raises:
            CommitNotFound: one of the two is unknown.
        """
        path = f"/compare/{quote(base, safe='')}...{quote(head, safe='')}"
        return parse_comparison(await self._commits(path, f"{base}...{head}"))

    async def builds(
        self, workflow: str, *, sha: str = "", branch: str = "", status: str = "", limit: int = 20
    ) -> tuple[Build, ...]:
        """Runs of a workflow file, newest first. A rerun keeps its id and raises `attempt`.

        Raises:
            NotThere: the repository has no such workflow file.
        """
        wanted = {"head_sha": sha, "branch": branch, "status": status}
        params: Params = {**_given(wanted), "per_page": min(limit, PAGE)}
        path = f"/actions/workflows/{quote(workflow, safe='')}/runs"
        return parse_builds(await self._read(path, params, what=f"workflow {workflow} in {self.repository}"))

    async def jobs(self, build: int) -> tuple[Job, ...]:
        """The jobs of a build's newest attempt, with their steps.

        Raises:
            NotThere: there is no such build.
        """
        params: Params = {"filter": "latest", "per_page": PAGE}
        return parse_jobs(await self._read(f"/actions/runs/{build}/jobs", params, what=f"build {build}"))

    async def create_deployment(
        self, sha: str, environment: str, description: str, *, production: bool
    ) -> int:
        """Open an entry on GitHub's deployments page and return its id. It is sent once: twice makes two."""
        body = {
            "ref": sha,
            "environment": environment,
            "description": _brief(description),
            "production_environment": production,
            # Without these two GitHub merges the base branch in, or waits for checks.
            "auto_merge": False,
            "required_contexts": [],
        }
        answer = await self._send("/deployments", body, what=f"repository {self.repository}")
        return Fields(NAME, "deployment", answer).required_number("id")

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
        more = {"description": _brief(description), "log_url": log_url, "environment_url": environment_url}
        body = {"state": state, **_given(more)}
        await self._send(f"/deployments/{deployment}/statuses", body, what=f"deployment {deployment}")

    async def deployments(self, environment: str, *, sha: str = "", limit: int = 10) -> tuple[int, ...]:
        """The ids of an environment's entries on the deployments page, newest first."""
        params = {"environment": environment, **_given({"sha": sha}), "per_page": min(limit, PAGE)}
        answer = await self._read("/deployments", params, what=f"repository {self.repository}")
        listed = Fields(NAME, "answer", {"deployments": answer}).required_parts("deployments", "deployment")
        return tuple(entry.required_number("id") for entry in listed)

    @property
    def calls_left(self) -> tuple[int, int] | None:
        """How many calls are left of how many an hour, by the newest answer; None where it did not say."""
        return parse_calls_left(self._http.newest_headers)

    async def _commits(self, path: str, ref: str, params: Params = MappingProxyType({})) -> Any:
        answer = await self._get(path, params, accept=NO_SUCH_COMMIT, what=f"commit {ref}")
        if answer is None:
            raise CommitNotFound(ref=ref, repository=self.repository)
        return answer

    async def _read(self, path: str, params: Params, what: str) -> Any:
        return await self._get(path, params, accept=(), what=what)

    async def _get(self, path: str, params: Params, accept: tuple[int, ...], what: str) -> Any:
        """The JSON at a path, asked for conditionally: an unchanged answer (304) costs no call."""
        path = f"/repos/{self.repository}{path}"
        key = f"{path}?{urlencode(params)}"
        tag, known = self._known.get(key)
        headers = {**HEADERS, "If-None-Match": tag} if tag else HEADERS
        accepted = (*accept, 304) if tag else accept
        response = await self._ask(
            "GET", path, params=params, headers=headers, accept_status=accepted, what=what
        )
        if response.status_code in accept:
            return None
        if response.status_code == 304:  # noqa: PLR2004 (not modified)
            return known
        answer = self._http.read(response)
        self._known.keep(key, response, answer)
        return answer

    async def _send(self, path: str, body: Mapping[str, Any], what: str) -> Any:
        path = f"/repos/{self.repository}{path}"
        return self._http.read(await self._ask("POST", path, json=body, headers=HEADERS, what=what))

    async def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return await self._http.request(method, path, **options)
        except MissingAbility as error:
            # GitHub's secondary limit may come as a bare 403 that only its text tells from a missing right.
            if "rate limit" in str(error.facts["why"]).lower():
                raise RateLimited(system=NAME, doing=error.facts["doing"], retry_after=SLOW_DOWN) from None
            raise


# --- parsing: pure, lenient about what may be missing


def parse_commit(raw: Any) -> Commit:
    fields = Fields(NAME, "commit", raw)
    sha = fields.required_text("sha")
    if not SHA.fullmatch(sha):
        raise fields.unexpected("commit without 40 digits")
    inner = fields.part("commit")
    return Commit(
        sha=sha,
        title=_first_line(inner.text("message")),
        author=inner.part("author").text("name"),
        login=fields.part("author").text("login"),
        at=inner.part("committer").moment("date") or inner.part("author").moment("date"),
        url=fields.text("html_url"),
        files=tuple(file.text("filename") for file in fields.parts("files", "file")),
    )


def parse_commits(raw: Any) -> tuple[Commit, ...]:
    listed = Fields(NAME, "answer", {"commits": raw})
    listed.required_parts("commits", "commit")
    return tuple(parse_commit(commit) for commit in raw)


def parse_comparison(raw: Any) -> Comparison:
    fields = Fields(NAME, "comparison", raw)
    status = fields.text("status")
    if status not in {"ahead", "behind", "diverged", "identical"}:
        raise fields.unexpected("comparison without a status")
    return Comparison(
        status=cast("Literal['ahead', 'behind', 'diverged', 'identical']", status),
        ahead_by=fields.required_number("ahead_by"),
        behind_by=fields.required_number("behind_by"),
        commits=parse_commits(fields.raw("commits") or []),
    )


def parse_builds(raw: Any) -> tuple[Build, ...]:
    runs = Fields(NAME, "answer", raw).required_parts("workflow_runs", "build")
    return tuple(_build(run) for run in runs)


def _build(run: Fields) -> Build:
    return Build(
        id=run.required_number("id"),
        sha=run.required_text("head_sha"),
        branch=run.text("head_branch"),
        event=run.text("event"),
        status=run.required_text("status"),
        conclusion=run.text("conclusion"),
        attempt=run.number("run_attempt") or 1,
        started=run.moment("run_started_at") or run.moment("created_at"),
        updated=run.moment("updated_at"),
        url=run.text("html_url"),
    )


def parse_jobs(raw: Any) -> tuple[Job, ...]:
    jobs = Fields(NAME, "answer", raw).required_parts("jobs", "job")
    return tuple(_job(job) for job in jobs)


def _job(job: Fields) -> Job:
    return Job(
        id=job.required_number("id"),
        name=job.text("name"),
        status=job.required_text("status"),
        conclusion=job.text("conclusion"),
        started=job.moment("started_at"),
        finished=job.moment("completed_at"),
        url=job.text("html_url"),
        runner=job.text("runner_name"),
        labels=job.texts("labels"),
        steps=tuple(_step(step) for step in job.parts("steps", "step")),
    )


def _step(step: Fields) -> JobStep:
    return JobStep(
        name=step.text("name"),
        number=step.number("number"),
        status=step.text("status"),
        conclusion=step.text("conclusion"),
        started=step.moment("started_at"),
        finished=step.moment("completed_at"),
    )


def parse_calls_left(headers: Mapping[str, str]) -> tuple[int, int] | None:
    left = seconds(headers.get("x-ratelimit-remaining", ""))
    limit = seconds(headers.get("x-ratelimit-limit", ""))
    return None if left is None or limit is None else (int(left), int(limit))


def _first_line(message: str) -> str:
    return message.strip().splitlines()[0].strip() if message.strip() else ""


def _brief(text: str) -> str:
    return text if len(text) <= DESCRIPTION else text[: DESCRIPTION - 1] + "…"


def _given(values: Mapping[str, str]) -> dict[str, str | int]:
    return {key: value for key, value in values.items() if value}
