"""Coolify's answers as values: pure, lenient about what may be missing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Any

from deploy.core.bounded_json import loads
from deploy.core.errors import (
    MissingAbility,
    NotThere,
    QueueFull,
    RateLimited,
    Rejected,
    SystemFailure,
    Unauthorized,
    Unexpected,
)
from deploy.core.json_fields import Flag, Text, called, number, read, text
from deploy.core.model import Application, Deployment, LogLine
from deploy.core.redact import harmless
from deploy.core.values import dataclass
from deploy.systems.coolify.cause import failure_cause
from deploy.systems.error_mapping import plain

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
    application = read(NAME, Application, raw)
    return replace(application, not_rolling=_not_rolling(raw), builds=_builds(raw))


def _builds(raw: dict[str, Any]) -> tuple[str, ...]:
    """What is set up for building, whether or not the build pack uses it now."""
    names = ("dockerfile", "install_command", "build_command", "is_build_server_enabled")
    return tuple(name for name in names if _set(raw, name))


def _not_rolling(raw: dict[str, Any]) -> tuple[str, ...]:
    """The settings for which Coolify stops the old container before it pulls the new image."""
    names = ("ports_mappings", "is_consistent_container_name_enabled", "custom_internal_name")
    found = tuple(name for name in names if _set(raw, name))
    options = "custom_docker_run_options"
    return (*found, options) if "--ip" in text(raw.get(options)) else found


def _set(raw: dict[str, Any], name: str) -> bool:
    """Whether a setting is on, or not empty; Coolify's versions differ in where they show it."""
    settings = raw.get("settings")
    shown = [place.get(name) for place in (raw, settings) if isinstance(place, dict)]
    return any(value is True or bool(text(value).strip().strip("0")) for value in shown)


@dataclass(frozen=True, slots=True)
class Triggered:
    """An entry in an answer of /deploy."""

    deployment: Annotated[Text, called("deployment_uuid")]
    application: Annotated[Text, called("resource_uuid")]
    message: Text


def parse_trigger(raw: Any, uuid: str, setting: str = "") -> str:
    """The deployment uuid in an answer of /deploy; what has none is a refusal, whatever the status said."""
    entries = read(NAME, tuple[Triggered, ...], raw, "deployments")
    entry = next((entry for entry in entries if entry.application in {uuid, ""}), None)
    if entry is None:
        raise NotThere(system=NAME, what=f"application {uuid}")
    if entry.deployment:
        return entry.deployment
    why = plain(entry.message) or "it started nothing and did not say why"
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
    """With the lines that Coolify means to be seen, as they may be shown; none that the application printed."""
    deployment, entries = _deployment(raw), _entries(raw.get("logs"))
    logs = tuple(line for entry in entries if not entry.by_application for line in entry.lines)
    printed = any(entry.by_application and entry.output for entry in entries)
    return replace(deployment, logs=logs, cause=failure_cause(logs), printed=printed)


def _deployment(raw: Any) -> Deployment:
    return replace(read(NAME, Deployment, raw), image=deployed_image(raw.get("logs")))


def deployed_image(logs: Any) -> str:
    """The image that a deployment's log begins with; empty where there is none yet, or the log is withheld."""
    begun = STARTING.search(text(logs[:BEGINNING])) if isinstance(logs, str) else None
    return begun[1].replace("\\/", "/") if begun else ""


def listed(raw: Any) -> tuple[dict[str, Any], ...]:
    """Coolify numbers the keys of a list as it likes, and JSON then makes it an object."""
    return read(NAME, tuple[dict[str, Any], ...], list(raw.values()) if isinstance(raw, dict) else raw)


def parse_active(raw: Any) -> tuple[Deployment, ...]:
    return tuple(_deployment(entry) for entry in listed(raw))


def parse_under_way(raw: Any) -> dict[str, Deployment]:
    """The same with their logs, by their uuids."""
    return {each.uuid: each for each in map(parse_deployment, listed(raw))}


def parse_history(raw: Any) -> tuple[Deployment, ...]:
    """An application's own deployments, without their logs; those of its previews, which are listed among them, are
    left out.
    """
    entries = listed(raw if isinstance(raw, list) else read(NAME, dict, raw).get("deployments"))
    return tuple(_deployment(entry) for entry in entries if number(entry.get("pull_request_id")) <= 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a deployment's log."""

    command: Text
    output: Text
    type: Text
    hidden: Flag

    @property
    def by_application(self) -> bool:
        """Coolify shows what the application printed by `docker logs`."""
        return self.command.startswith("docker logs ")

    @property
    def lines(self) -> tuple[LogLine, ...]:
        if self.hidden:
            return ()
        error = self.type in {"stderr", "error"}
        lines = (line.rstrip() for line in harmless(self.output).splitlines())
        return tuple(LogLine(line, error) for line in lines if line)


def parse_printed(raw: Any) -> tuple[str, ...]:
    """What the application itself printed, entry by entry, which may hold anything."""
    return tuple(entry.output for entry in _entries(raw) if entry.by_application and entry.output)


def _entries(raw: Any) -> tuple[Entry, ...]:
    """Of a log that comes as a JSON string, as null early, or not."""
    try:
        log = loads(raw) if isinstance(raw, str) else raw
    except ValueError:
        return ()
    entries = [entry for entry in log if isinstance(entry, dict)] if isinstance(log, list) else []
    return read(NAME, tuple[Entry, ...], entries)
