"""GitHub's JSON of workflows, their runs and jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.github.payloads import Payloads, node, tree
from sandbox.github.runner import LABELS, RUNNER
from sandbox.story import BRANCH

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from sandbox.github.phases import Phase
    from sandbox.github.runs import Attempt, Run

RUNNER_ID = 21
RUN_LINKS = ("jobs", "logs", "cancel", "rerun", "artifacts")


def workflow(payloads: Payloads) -> dict[str, Any]:
    id_, file = payloads.story.workflow_id, payloads.story.workflow
    return {
        "id": id_,
        "node_id": node("W", id_),
        "name": "Build",
        "path": f".github/workflows/{file}",
        "state": "active",
        "created_at": "2025-06-02T08:00:00Z",
        "updated_at": "2026-01-11T08:00:00Z",
        "url": f"{payloads.repo_url}/actions/workflows/{id_}",
        "html_url": f"{payloads.html_url}/blob/{BRANCH}/.github/workflows/{file}",
        "badge_url": f"{payloads.html_url}/workflows/Build/badge.svg",
    }


def run(payloads: Payloads, run: Run) -> dict[str, Any]:
    commit, clock, url = run.commit, payloads.clock, f"{payloads.repo_url}/actions/runs/{run.id}"
    attempt, first = run.newest, run.attempts[0]
    return {
        "id": run.id,
        "name": "Build",
        "node_id": node("WFR", run.id),
        "head_branch": run.branch,
        "head_sha": commit.sha,
        "path": f".github/workflows/{payloads.story.workflow}",
        "display_title": run.title or commit.title,
        "run_number": run.number,
        "run_attempt": attempt.number,
        "event": run.event,
        "status": run.whole.status(clock),
        "conclusion": run.whole.concluded(clock),
        "workflow_id": payloads.story.workflow_id,
        "check_suite_id": run.id + 7,
        "check_suite_node_id": node("CS", run.id),
        "url": url,
        "html_url": f"{payloads.html_url}/actions/runs/{run.id}",
        "pull_requests": [],
        "created_at": clock.iso(first.created),
        "updated_at": clock.iso(run.updated(clock)),
        "run_started_at": clock.iso(attempt.created),
        "actor": payloads.user(first.actor),
        "triggering_actor": payloads.user(attempt.actor),
        **{f"{link}_url": f"{url}/{link}" for link in RUN_LINKS},
        "check_suite_url": f"{payloads.repo_url}/check-suites/{run.id + 7}",
        "previous_attempt_url": None,
        "workflow_url": f"{payloads.repo_url}/actions/workflows/{payloads.story.workflow_id}",
        "head_commit": {
            "id": commit.sha,
            "tree_id": tree(commit),
            "message": commit.message,
            "timestamp": clock.iso(commit.at),
            "author": {"name": commit.author.name, "email": commit.author.email},
            "committer": {"name": "GitHub", "email": "noreply@github.com"},
        },
        "repository": payloads.repository(),
        "head_repository": payloads.repository(),
    }


def jobs(payloads: Payloads, run: Run, attempt: Attempt) -> list[dict[str, Any]]:
    """The job of an attempt, and those that it skips."""
    main = job(payloads, run, attempt)
    return [main, *(_skipped(main, place, name) for place, name in enumerate(attempt.plan.skips, 1))]


def _skipped(main: dict[str, Any], place: int, name: str) -> dict[str, Any]:
    """A job whose condition was not met: over as soon as it was made, on no runner."""
    at = main["created_at"]
    over = {"status": "completed", "conclusion": "skipped", "started_at": at, "completed_at": at}
    nobody = dict.fromkeys(("runner_id", "runner_name", "runner_group_id", "runner_group_name"))
    return {**main, **over, **nobody, "id": main["id"] * 10 + place, "name": name, "steps": []}


def job(payloads: Payloads, run: Run, attempt: Attempt) -> dict[str, Any]:
    clock, phase = payloads.clock, attempt.job
    started = clock.passed(attempt.begins)
    return {
        "id": attempt.job_id,
        "run_id": run.id,
        "workflow_name": "Build",
        "head_branch": run.branch,
        "run_url": f"{payloads.repo_url}/actions/runs/{run.id}",
        "run_attempt": attempt.number,
        "node_id": node("CR", attempt.job_id),
        "head_sha": run.commit.sha,
        "url": f"{payloads.repo_url}/actions/jobs/{attempt.job_id}",
        "html_url": f"{payloads.html_url}/actions/runs/{run.id}/job/{attempt.job_id}",
        "status": phase.status(clock),
        "conclusion": phase.concluded(clock),
        "created_at": clock.iso(attempt.created),
        "started_at": clock.iso(phase.begins if started else attempt.created),
        "completed_at": clock.iso(phase.ends) if clock.passed(phase.ends) else None,
        "name": phase.name,
        "steps": [_step(clock, number, step) for number, step in enumerate(attempt.steps, 1)]
        if started
        else [],
        "check_run_url": f"{payloads.repo_url}/check-runs/{attempt.job_id}",
        "labels": list(LABELS),
        "runner_id": RUNNER_ID if started else None,
        "runner_name": RUNNER if started else None,
        "runner_group_id": 1 if started else None,
        "runner_group_name": "Default" if started else None,
    }


def dispatched(payloads: Payloads, run: Run) -> dict[str, Any]:
    return {
        "workflow_run_id": run.id,
        "run_url": f"{payloads.repo_url}/actions/runs/{run.id}",
        "html_url": f"{payloads.html_url}/actions/runs/{run.id}",
    }


def annotation(text: str) -> dict[str, Any]:
    return {
        "path": ".github",
        "start_line": 1,
        "end_line": 1,
        "start_column": None,
        "end_column": None,
        "annotation_level": "failure",
        "title": "",
        "message": text,
        "raw_details": "",
        "blob_href": "",
    }


def runner(*, online: bool, busy: bool) -> dict[str, Any]:
    labels = [
        {"id": number, "name": name, "type": "custom" if name == LABELS[-1] else "read-only"}
        for number, name in enumerate(LABELS, 1)
    ]
    status = "online" if online else "offline"
    return {"id": RUNNER_ID, "name": RUNNER, "os": "Linux", "status": status, "busy": busy, "labels": labels}


def _step(clock: Clock, number: int, step: Phase) -> dict[str, Any]:
    return {
        "name": step.name,
        "number": number,
        "status": step.status(clock),
        "conclusion": step.concluded(clock),
        "started_at": clock.iso(step.begins) if clock.passed(step.begins) else None,
        "completed_at": clock.iso(step.ends) if clock.passed(step.ends) else None,
    }
