"""A deployment as Coolify's queue stores it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import iso
from sandbox.coolify.applications import App

QUEUED, IN_PROGRESS, FINISHED = "queued", "in_progress", "finished"
FAILED, CANCELLED = "failed", "cancelled-by-user"
ACTIVE = {QUEUED, IN_PROGRESS}

SERVER = "vps-01"
PROJECT, ENVIRONMENT = "p0gs4w8kscg0c4oc0swk80cw", "e8ckw0o4scg0sw4k0cgs8oko"


@dataclass
class Deployment:
    """A row of the queue. `commit` is the deduplication key; no field has the tag that ran.

    `claimed` is set when a worker takes it, just before its status is `in_progress`; `passed` are its
    previous statuses.
    """

    id: int
    uuid: str
    app: App
    commit: str
    force: bool = False
    rollback: bool = False
    pull_request: int = 0
    status: str = QUEUED
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    lines: list[dict[str, Any]] = field(default_factory=list)
    claimed: bool = False
    passed: list[str] = field(default_factory=list)

    @property
    def active(self) -> bool:
        return self.status in ACTIVE

    @property
    def page(self) -> str:
        """Its path at Coolify (routes/web.php; bootstrap/helpers/applications.php keeps the path alone)."""
        app = f"/project/{PROJECT}/environment/{ENVIRONMENT}/application/{self.app.uuid}"
        return f"{app}/deployment/{self.uuid}"

    @property
    def waiting(self) -> bool:
        return self.status == QUEUED and not self.claimed

    @property
    def working(self) -> bool:
        return self.active and self.claimed

    def become(self, status: str) -> None:
        self.passed.append(self.status)
        self.status, self.updated = status, time.time()

    def say(self, output: str, *, command: str = "", error: bool = False, hidden: bool = False) -> None:
        """Add a line to the log; a hidden one is a command that Coolify ran, with its output."""
        self.updated = time.time()
        self.lines.append(
            {
                "command": command or None,
                "output": output,
                "type": "stderr" if error else "stdout",
                "timestamp": iso(self.updated),
                "hidden": hidden,
                "batch": 1,
                "order": len(self.lines) + 1,
            }
        )

    def payload(self, *, sensitive: bool) -> dict[str, Any]:
        """The row as the API answers it; `logs` is JSON in a string, null before the first line."""
        row: dict[str, Any] = {
            "id": self.id,
            "application_id": str(self.app.id),
            "deployment_uuid": self.uuid,
            "pull_request_id": self.pull_request,
            "docker_registry_image_tag": None,
            "configuration_hash": None,
            "force_rebuild": self.force,
            "commit": self.commit,
            "status": self.status,
            "is_webhook": False,
            "is_api": True,
            "created_at": iso(self.created),
            "updated_at": iso(self.updated),
            "current_process_id": None,
            "restart_only": False,
            "git_type": None,
            "server_id": 1,
            "application_name": self.app.name,
            "server_name": SERVER,
            "deployment_url": self.page,
            "destination_id": "1",
            "only_this_server": False,
            "rollback": self.rollback,
            "commit_message": None,
        }
        return row | ({"logs": json.dumps(self.lines) if self.lines else None} if sensitive else {})
