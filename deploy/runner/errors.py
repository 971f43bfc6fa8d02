"""Why the runner is not restarted, or is not back."""

from __future__ import annotations

from deploy.buildkit.errors import BuildKitFailure
from deploy.core.errors.refusals import Refusal


class JobRunning(Refusal):
    slug = "job_running"
    says = "Not started: {runner} works on {job}, which would die."
    hint = "Wait until it is over, or do it all the same: `/fisk runner restart --force`."
    runner: str
    job: str


class JobsUnknown(Refusal):
    slug = "jobs_unknown"
    says = "Not started: fisk cannot tell whether {runner} works on a job. {why}"
    hint = "If you know that it is idle, or the job may die: `/fisk runner restart --force`."
    runner: str
    why: str


class RunnerNotBack(BuildKitFailure):
    slug = "runner_not_back"
    says = "The service of {runner} is {state} {seconds:g} s after its restart."
    hint = "Look at `journalctl -u {service}` on {host}."
    runner: str
    state: str
    seconds: float
    service: str
    host: str
