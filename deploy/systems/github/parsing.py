"""GitHub's JSON as values: pure, and lenient about what may be missing."""

from __future__ import annotations

import re
from typing import Any, Literal, cast

from deploy.core.github_model import Build, Commit, Comparison, Job, JobStep, Push, Runner
from deploy.core.model import is_sha
from deploy.core.units import cut
from deploy.systems.github.base import NAME
from deploy.systems.json_fields import Fields

# https://docs.github.com/actions/how-tos/manage-workflow-runs/skip-workflow-runs
SKIPS = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")
SKIP_TRAILERS = frozenset({"skip-checks: true", "skip-checks:true"})
LONGEST_TITLE = 200  # characters of a commit's or a run's title
PUSHED = re.compile(r"pushing manifest for (\S+@sha256:[0-9a-f]{64})")  # BuildKit's line for each tag


def parse_pushed(log: str) -> tuple[str, ...]:
    """The references `IMAGE:TAG@DIGEST` that a job's log says it pushed, each once."""
    return tuple(dict.fromkeys(PUSHED.findall(log)))


def parse_commit(raw: Any) -> Commit:
    fields = Fields(NAME, "commit", raw)
    sha = fields.required_text("sha")
    if not is_sha(sha):
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
        parents=tuple(parent.text("sha") for parent in fields.parts("parents", "parent")),
        skips=skip_marker(inner.text("message")),
    )


def skip_marker(message: str) -> str:
    """The part of a message for which GitHub runs no workflow for a push; empty where there is none."""
    last = message.strip().rpartition("\n")[2].strip()
    if last in SKIP_TRAILERS:
        return last
    return next((marker for marker in SKIPS if marker in message), "")


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


def parse_pushes(raw: Any) -> tuple[Push, ...]:
    listed = Fields(NAME, "answer", {"pushes": raw}).required_parts("pushes", "push")
    return tuple(Push(each.text("before"), each.required_text("after")) for each in listed)


def parse_builds(raw: Any) -> tuple[Build, ...]:
    runs = Fields(NAME, "answer", raw).required_parts("workflow_runs", "build")
    return tuple(_build(run) for run in runs)


def parse_build(raw: Any) -> Build:
    return _build(Fields(NAME, "build", raw))


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
        title=run.text("display_title"),
        workflow=run.text("path").partition("@")[0].rpartition("/")[2],
        actor=run.part("triggering_actor").text("login") or run.part("actor").text("login"),
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
        created=job.moment("created_at"),
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


def parse_annotations(raw: Any) -> tuple[str, ...]:
    """The messages of failures."""
    listed = Fields(NAME, "answer", {"annotations": raw}).required_parts("annotations", "annotation")
    return tuple(each.text("message") for each in listed if each.text("annotation_level") == "failure")


def parse_runners(raw: Any, *, shared: bool = False) -> tuple[Runner, ...]:
    runners = Fields(NAME, "answer", raw).required_parts("runners", "runner")
    return tuple(_runner(runner, shared=shared) for runner in runners)


def _runner(runner: Fields, *, shared: bool) -> Runner:
    return Runner(
        id=runner.required_number("id"),
        name=runner.text("name"),
        online=runner.text("status") == "online",
        busy=runner.flag("busy"),
        labels=tuple(label.text("name") for label in runner.parts("labels", "label")),
        shared=shared,
    )


def _first_line(message: str) -> str:
    """Cut: Git takes a title of any length, and every view repeats it."""
    return cut(message.strip().splitlines()[0].strip(), LONGEST_TITLE) if message.strip() else ""
