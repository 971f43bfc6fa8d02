"""Answers of Coolify's, as its API gives them."""

from __future__ import annotations

from typing import Any

SHA = "3f2a1b9c85e4d7f60a19b3c2e8d5f4a7061b9e3c"
APPLICATION = {
    "uuid": "abc",
    "name": "fiskai-app",
    "status": "running:healthy",
    "build_pack": "dockerimage",
    "docker_registry_image_name": "ghcr.io/wandeon/fiskai-app",
    "docker_registry_image_tag": SHA,
    "git_commit_sha": SHA,
    "health_check_enabled": True,
    "ports_mappings": None,
    "custom_docker_run_options": None,
}
DEPLOYMENT = {
    "deployment_uuid": "d1",
    "status": "in_progress",
    "commit": SHA,
    "created_at": "2023-11-14T22:13:20.000000Z",
}


def line(output: str, **more: Any) -> dict[str, Any]:
    return {"command": None, "output": output, "type": "stdout", "hidden": False, "batch": 1, **more}
