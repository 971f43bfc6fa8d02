"""Coolify's answers as values: pure, lenient about what may be missing."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from deploy.core.errors import MissingAbility, NotThere, QueueFull, Rejected, Unauthorized, Unexpected
from deploy.core.model import Application, Deployment, LogLine
from deploy.core.redact import harmless
from deploy.systems.coolify.cause import failure_cause
from deploy.systems.error_mapping import plain
from deploy.systems.json_fields import Fields, each

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploy.core.errors import RateLimited, SystemFailure

NAME = "Coolify"
BAD_REQUEST = 400
VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-[a-z]+\.?(\d+))?")
BEGINNING = 8192  # characters of a log, within which its first entries are
# The first entry of the job's log; what an application prints stands behind it.
STARTING = re.compile(r'"output":\s*"Starting deployment of (\S+) to ')
# Coolify's own words (without the full stop) where neither a status nor a field tells; no other place reads them.
NOT_VALID = "Invalid token"  # a token of no team: 401 since 4.1.2, 400 before
FULL = "Deployment queue is full"  # 429, as for too many requests
LACKS = "Missing required permissions: "  # 403, and the ability's name behind it
MAY_NOT_DEPLOY = "Unauthorized to deploy this application"  # in an answer of /deploy, with status 200


def parse_version(text: str) -> tuple[int, ...]:
    """`4.3.11` as (4, 3, 11). A beta sorts before its release: `4.0.0-beta.460` is (4, 0, -1, 460)."""
    found = VERSION.fullmatch(text.strip())
    if not found:
        raise Unexpected(system=NAME, why=f"`{plain(text)[:40]}` for a version")
    major, minor, patch, beta = found.groups()
    if beta is None:
        return int(major), int(minor), int(patch)
    return int(major), int(minor), int(patch) - 1, int(beta)


def parse_application(raw: Any) -> Application:
    fields = Fields(NAME, "application", raw)
    return Application(
        uuid=fields.required_text("uuid"),
        name=fields.text("name"),
        status=fields.text("status"),
        build_pack=fields.required_text("build_pack"),
        image=fields.text("docker_registry_image_name"),
        tag=fields.text("docker_registry_image_tag"),
        commit=fields.text("git_commit_sha") or "HEAD",
        health_check=fields.flag("health_check_enabled"),
        not_rolling=_not_rolling(fields),
        builds=_builds(fields),
    )


def _builds(fields: Fields) -> tuple[str, ...]:
    """What is set up for building, whether or not the build pack uses it now."""
    texts = ("dockerfile", "install_command", "build_command")
    found = [name for name in texts if fields.text(name).strip()]
    server = _set(fields, fields.part("settings"), "is_build_server_enabled")
    return (*found, "is_build_server_enabled") if server else tuple(found)


def _not_rolling(fields: Fields) -> tuple[str, ...]:
    """The settings for which Coolify stops the old container before it pulls the new image."""
    settings = fields.part("settings")
    stops_first = {
        "ports_mappings": bool(fields.text("ports_mappings").strip()),
        "is_consistent_container_name_enabled": _set(
            fields, settings, "is_consistent_container_name_enabled"
        ),
        "custom_internal_name": _set(fields, settings, "custom_internal_name"),
        "custom_docker_run_options": "--ip" in fields.text("custom_docker_run_options"),
    }
    return tuple(name for name, stops in stops_first.items() if stops)


def _set(fields: Fields, settings: Fields, name: str) -> bool:
    """Whether a setting is on, or not empty; Coolify's versions differ in where they show it."""
    return any(place.flag(name) or bool(place.text(name).strip("0 ")) for place in (fields, settings))


def parse_trigger(raw: Any, uuid: str, setting: str = "") -> str:
    """The deployment uuid in an answer of /deploy; what has none is a refusal, whatever the status said."""
    entries = Fields(NAME, "answer", raw).required_parts("deployments", "deployment")
    entry = next((entry for entry in entries if entry.text("resource_uuid") in {uuid, ""}), None)
    if entry is None:
        raise NotThere(system=NAME, what=f"application {uuid}")
    if claimed := entry.text("deployment_uuid"):
        return claimed
    why = plain(entry.text("message")) or "it started nothing and did not say why"
    if why == MAY_NOT_DEPLOY:
        raise MissingAbility(system=NAME, why=why, setting=setting or "the settings")
    raise Rejected(system=NAME, why=why, status=200)


def refused(error: Rejected, setting: str) -> SystemFailure:
    """The error itself, or that the token is none."""
    if error.status == BAD_REQUEST and error.why == NOT_VALID:
        return Unauthorized(system=NAME, setting=setting)
    return error


def full(error: RateLimited) -> RateLimited:
    """The error itself, or that the server's deployment queue is full."""
    if not error.why.startswith(FULL):
        return error
    return QueueFull(system=error.system, retry_after=error.retry_after, why=error.why.rstrip("."))


def lacking(error: MissingAbility) -> MissingAbility:
    """The same error, with the ability that the token lacks where Coolify names it."""
    ability = error.why.removeprefix(LACKS) if error.why.startswith(LACKS) else ""
    return MissingAbility(system=error.system, why=error.why, setting=error.setting, ability=ability)


def parse_deployment(raw: Any) -> Deployment:
    fields = Fields(NAME, "deployment", raw)
    raw_logs = fields.raw("logs")
    logs, printed = parse_logs(raw_logs), bool(parse_printed(raw_logs))
    return replace(_deployment(fields), logs=logs, cause=failure_cause(logs), printed=printed)


def _deployment(fields: Fields) -> Deployment:
    return Deployment(
        uuid=fields.required_text("deployment_uuid"),
        status=fields.required_text("status"),
        commit=fields.text("commit") or "HEAD",
        at=fields.moment("created_at"),
        updated=fields.moment("updated_at"),
        image=deployed_image(fields.raw("logs")),
    )


def deployed_image(logs: Any) -> str:
    """The image that a deployment's log begins with; empty where there is none yet, or the log is withheld."""
    begun = STARTING.search(logs[:BEGINNING]) if isinstance(logs, str) else None
    return begun[1].replace("\\/", "/") if begun else ""


def parse_active(raw: Any) -> tuple[Deployment, ...]:
    """Coolify numbers the keys of this list as it likes, and JSON then makes it an object."""
    listed = list(raw.values()) if isinstance(raw, dict) else raw
    if not isinstance(listed, list):
        raise Unexpected(system=NAME, why="deployments that are no list")
    return tuple(_deployment(entry) for entry in each(NAME, "deployment", listed))


def parse_history(raw: Any) -> tuple[Deployment, ...]:
    """An application's own deployments, without their logs; those of its previews, which are listed among them, are
    left out.
    """
    listed = raw if isinstance(raw, list) else Fields(NAME, "history", raw).raw("deployments")
    if not isinstance(listed, list):
        raise Unexpected(system=NAME, why="a history that is no list")
    entries = each(NAME, "deployment", listed)
    return tuple(_deployment(entry) for entry in entries if entry.number("pull_request_id") <= 0)


def parse_logs(raw: Any) -> tuple[LogLine, ...]:
    """The lines that Coolify means to be seen, as they may be shown; none that the application printed."""
    return tuple(line for entry in _entries(raw) if not _by_application(entry) for line in _lines(entry))


def parse_printed_in(raw: Any) -> tuple[str, ...]:
    """Of a whole deployment."""
    return parse_printed(Fields(NAME, "deployment", raw).raw("logs"))


def parse_printed(raw: Any) -> tuple[str, ...]:
    """What the application itself printed, entry by entry, which may hold anything."""
    return tuple(text for entry in _entries(raw) if _by_application(entry) if (text := entry.text("output")))


def _by_application(entry: Fields) -> bool:
    """Coolify shows what the application printed by `docker logs`."""
    return entry.text("command").startswith("docker logs ")


def _entries(raw: Any) -> Iterable[Fields]:
    """Of a log that comes as a JSON string, as null early, or not."""
    try:
        listed = json.loads(raw) if isinstance(raw, str) else raw
    except (ValueError, RecursionError):
        return ()
    listed = listed if isinstance(listed, list) else []
    return each(NAME, "log line", (entry for entry in listed if isinstance(entry, dict)))


def _lines(entry: Fields) -> tuple[LogLine, ...]:
    if entry.flag("hidden"):
        return ()
    error = entry.text("type") in {"stderr", "error"}
    lines = (line.rstrip() for line in harmless(entry.text("output")).splitlines())
    return tuple(LogLine(line, error) for line in lines if line)
