"""Validation of PATCH /applications/{uuid}, and its errors."""

from __future__ import annotations

import re
from typing import Any

from sandbox.coolify.applications import COLUMNS, SETTINGS, App

TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
NAME = re.compile(  # ValidationPatterns::DOCKER_IMAGE_NAME_PATTERN
    r"(?=.{1,255}\Z)(?:(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]+)?/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
    r"(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)(?:@sha256)?"
)
COMMIT = re.compile(r"HEAD|[0-9a-fA-F]{4,40}")
FORMS = {"docker_registry_image_name": NAME, "docker_registry_image_tag": TAG, "git_commit_sha": COMMIT}
BUILD_PACKS = ("nixpacks", "railpack", "static", "dockerfile", "dockercompose")

READ_ONLY = {
    "config_hash",
    "custom_healthcheck_found",
    "deleted_at",
    "destination_id",
    "destination_type",
    "docker_compose",
    "environment_id",
    "fqdn",
    "git_full_url",
    "is_container_label_readonly_enabled",
    "is_debug_enabled",
    "is_include_timestamps",
    "is_swarm_only_worker_nodes",
    "private_key_id",
    "repository_project_id",
    "source_id",
    "swarm_placement_constraints",
    "swarm_replicas",
}
BESIDE = {"domains", "force_domain_override", "instant_deploy", "name", "use_build_server"}
ALLOWED = (set(COLUMNS) | set(SETTINGS) | BESIDE) - READ_ONLY

Errors = dict[str, list[str] | str]


def refuse(body: dict[str, Any]) -> Errors:
    """The errors by field: a list for most, a bare string for some, as in Coolify."""
    errors: Errors = {name: ["This field is not allowed."] for name in body if name not in ALLOWED}
    for name, value in body.items():
        if name in ALLOWED and (wrong := _wrong(name, value)):
            errors[name] = wrong
    return errors


def _wrong(name: str, value: object) -> list[str] | str:
    words = name.replace("_", " ")
    if name in FORMS and value and not (isinstance(value, str) and FORMS[name].fullmatch(value)):
        return [f"The {words} field format is invalid."]
    if name == "build_pack" and value not in BUILD_PACKS:
        return [f"The selected {words} is invalid."]
    if name == "custom_labels" and not isinstance(value, str):
        return "The custom_labels should be base64 encoded."
    expected = type(COLUMNS.get(name, SETTINGS.get(name)))
    if expected in {bool, int} and not isinstance(value, expected):
        return [f"The {words} field must be {'true or false' if expected is bool else 'an integer'}."]
    return []


def apply(app: App, body: dict[str, Any]) -> None:
    """Store the accepted fields."""
    for name, value in body.items():
        if name in COLUMNS:
            app.columns[name] = value
        elif name in SETTINGS:
            app.settings[name] = value
    app.name = body.get("name", app.name)
    app.columns["fqdn"] = body.get("domains", app.columns["fqdn"])
