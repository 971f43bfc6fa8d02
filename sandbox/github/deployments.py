"""GitHub's deployments and their statuses."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import iso
from sandbox.github.payloads import OWNER, Payloads, node

FIRST = 2_310_440_011
STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")
DESCRIPTION_LIMIT = 140


@dataclass(frozen=True, slots=True)
class Status:
    id: int
    state: str
    description: str = ""
    log_url: str = ""
    environment_url: str = ""
    at: float = field(default_factory=time.time)


@dataclass
class GitHubDeployment:
    id: int
    sha: str
    ref: str
    environment: str
    description: str | None
    production: bool
    task: str = "deploy"
    transient: bool = False
    statuses: list[Status] = field(default_factory=list)
    at: float = field(default_factory=time.time)

    @property
    def state(self) -> str:
        return self.statuses[-1].state if self.statuses else "pending"


class Deployments:
    """All deployments of a repository, oldest first; `first` is what their ids begin after."""

    def __init__(self, first: int = 0) -> None:
        self.all: list[GitHubDeployment] = []
        self._first = FIRST + first

    def find(self, id_: int) -> GitHubDeployment | None:
        return next((deployment for deployment in self.all if deployment.id == id_), None)

    def add(self, sha: str, body: dict[str, Any]) -> GitHubDeployment:
        environment = body.get("environment", "production")
        deployment = GitHubDeployment(
            id=self._first + len(self.all),
            sha=sha,
            ref=body["ref"],
            environment=environment,
            description=body.get("description"),
            production=body.get("production_environment", environment == "production"),
            task=body.get("task", "deploy"),
            transient=body.get("transient_environment", False),
        )
        self.all.append(deployment)
        return deployment

    def set(self, deployment: GitHubDeployment, body: dict[str, Any]) -> Status:
        """Add a status. A success makes earlier ones of the same environment inactive, except in production."""
        status = self._append(deployment, body)
        if status.state == "success" and body.get("auto_inactive", True):
            for other in self.all:
                if other is not deployment and _superseded(other, deployment):
                    self._append(other, {"state": "inactive"})
        return status

    def _append(self, deployment: GitHubDeployment, body: dict[str, Any]) -> Status:
        number = sum(len(one.statuses) for one in self.all) + 1
        log_url = body.get("log_url") or body.get("target_url") or ""
        status = Status(
            number, body["state"], body.get("description", ""), log_url, body.get("environment_url", "")
        )
        deployment.statuses.append(status)
        return status


def _superseded(other: GitHubDeployment, by: GitHubDeployment) -> bool:
    ends = not (other.production or other.transient)
    return ends and other.environment == by.environment and other.state == "success"


def refuse_status(body: dict[str, Any]) -> str:
    """GitHub's validation errors for a status; empty if it is valid."""
    if body.get("state") not in STATES:
        return f"State is not included in the list: {', '.join(STATES)}"
    if len(body.get("description", "")) > DESCRIPTION_LIMIT:
        return f"Description is too long (maximum is {DESCRIPTION_LIMIT} characters)"
    return ""


def deployment_payload(payloads: Payloads, deployment: GitHubDeployment) -> dict[str, Any]:
    url = f"{payloads.repo_url}/deployments/{deployment.id}"
    return {
        "url": url,
        "id": deployment.id,
        "node_id": node("DE", deployment.id),
        "sha": deployment.sha,
        "ref": deployment.ref,
        "task": deployment.task,
        "payload": {},
        "original_environment": deployment.environment,
        "environment": deployment.environment,
        "description": deployment.description,
        "creator": payloads.user(OWNER),
        "created_at": iso(deployment.at),
        "updated_at": iso(deployment.statuses[-1].at if deployment.statuses else deployment.at),
        "statuses_url": f"{url}/statuses",
        "repository_url": payloads.repo_url,
        "transient_environment": deployment.transient,
        "production_environment": deployment.production,
    }


def status_payload(payloads: Payloads, deployment: GitHubDeployment, status: Status) -> dict[str, Any]:
    url = f"{payloads.repo_url}/deployments/{deployment.id}"
    return {
        "url": f"{url}/statuses/{status.id}",
        "id": status.id,
        "node_id": node("DES", status.id),
        "state": status.state,
        "creator": payloads.user(OWNER),
        "description": status.description,
        "environment": deployment.environment,
        "target_url": status.log_url,
        "log_url": status.log_url,
        "environment_url": status.environment_url,
        "created_at": iso(status.at),
        "updated_at": iso(status.at),
        "deployment_url": url,
        "repository_url": payloads.repo_url,
    }
