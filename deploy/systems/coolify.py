"""Coolify: which image an application is set to, and the deployments that run it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from deploy.errors import MissingAbility, NotJson, NotThere, Rejected, SystemFailure, Unauthorized, Unexpected
from deploy.model import Application, Deployment, LogLine
from deploy.systems.answers import is_html, plain
from deploy.systems.fields import Fields, each

if TYPE_CHECKING:
    import httpx

    from deploy.systems.http import Http

NAME = "Coolify"
API = "/api/v1"
VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-[a-z]+\.?(\d+))?")
NO_PERMISSION = re.compile(
    r"unauthori[sz]ed|not authori[sz]ed|not allowed|permission|forbidden", re.IGNORECASE
)


class Coolify:
    """Coolify's API. Every method may raise any SystemFailure.

    Args:
        http: the way to it; its headers carry the token, its base URL ends before `/api/v1`.
    """

    def __init__(self, http: Http) -> None:
        self.version_text = ""
        self._http = http

    async def version(self) -> tuple[int, ...]:
        """Coolify's version as numbers that compare; `version_text` keeps it as Coolify wrote it."""
        response = await self._ask("GET", "/version", headers={"Accept": "application/json, text/plain"})
        if is_html(response) and not VERSION.fullmatch(response.text.strip()):
            raise NotJson(system=NAME, doing="", what="an HTML page")
        self.version_text = plain(response.text).strip('"')
        return parse_version(self.version_text)

    async def application(self, uuid: str) -> Application:
        """What an application is set to. Its status lags: the health URL decides what runs well.

        Raises:
            NotThere: Coolify has no application with this uuid, or shows it to another team.
        """
        return parse_application(await self._application(uuid))

    async def point(self, uuid: str, tag: str, commit: str) -> None:
        """Set the tag that the next deployment runs, and its commit.

        Coolify reads the tag when a job runs, not when it is queued, so nothing may be queued now.
        The commit is the key by which Coolify tells one deployment from another; before 4.1.0 it
        takes the value and keeps `HEAD` as the key. Setting both twice changes nothing.
        """
        body = {"docker_registry_image_tag": tag, "git_commit_sha": commit}
        await self._ask("PATCH", _app(uuid), json=body, safe=True, what=f"application {uuid}")

    async def deploy(self, uuid: str) -> str:
        """Ask for a deployment and return the uuid that Coolify claims for it. Sent once, never repeated.

        The uuid proves nothing: for `Deployment already queued for this commit.` Coolify invents one
        that never exists, so the caller reads it back with `deployment`.

        Raises:
            Rejected, MissingAbility: Coolify says no, although with status 200.
            RateLimited: the server's queue is full.
            NotThere: there is no such application.
        """
        what = f"application {uuid}"
        answer = await self._json("POST", "/deploy", params={"uuid": uuid}, what=what)
        return parse_trigger(answer, uuid, self._http.setting)

    async def deployment(self, uuid: str) -> Deployment | None:
        """A deployment with its log; None where it does not exist, as for an invented uuid."""
        try:
            return parse_deployment(await self._deployment(uuid))
        except NotThere:
            return None

    async def active(self) -> tuple[Deployment, ...]:
        """Every deployment that is queued or in progress, of any application, oldest first."""
        return parse_active(await self._json("GET", "/deployments"))

    async def deployments(self, app: str, take: int = 10) -> tuple[Deployment, ...]:
        """An application's deployments, newest first.

        Raises:
            NotThere: there is no such application.
        """
        return parse_history(await self._history(app, take))

    async def cancel(self, uuid: str) -> Deployment:
        """Ask to cancel a deployment, and return it as it is afterwards.

        The answer itself means little: 400 where it was over already, and before 4.3.7 a 500 although
        it did cancel. `cancelled-by-user` in turn does not prove that the old image still runs.

        Raises:
            NotThere: there is no such deployment.
            MissingAbility: the token may not deploy, so it may not cancel.
        """
        failed: SystemFailure | None = None
        try:
            await self._ask("POST", f"/deployments/{quote(uuid, safe='')}/cancel", what=f"deployment {uuid}")
        except (MissingAbility, Unauthorized, NotThere):
            raise
        except SystemFailure as error:
            failed = error
        now = await self.deployment(uuid)
        if now is None:
            raise failed or NotThere(system=NAME, doing="", what=f"deployment {uuid}")
        return now

    async def abilities(self, app: str) -> frozenset[str]:
        """What the token may do to an application: of `read`, `read:sensitive`, `write` and `deploy`.

        Nothing is changed to find out: a PATCH with a field that does not exist and a deployment of
        nothing are refused as wrong (422, 400) only after the token was let through, and as forbidden
        (403) before. An application without any deployment gives no evidence about `read:sensitive`,
        and then it counts as there: a deploy needs it to show log lines, no more.

        Raises:
            NotThere: there is no such application.
            MissingAbility: the API is switched off, or closed to this address.
        """
        unknown = {"fisk_asks_whether_it_may_write": True}
        found = set()
        if await self._may("GET", _app(app), what=f"application {app}"):
            found.add("read")
            if await self._shows_logs(app):
                found.add("read:sensitive")
        if await self._may("PATCH", _app(app), json=unknown, what=f"application {app}"):
            found.add("write")
        if await self._may("POST", "/deploy"):
            found.add("deploy")
        return frozenset(found)

    async def _may(self, method: str, path: str, **options: Any) -> bool:
        try:
            await self._ask(method, path, safe=True, **options)
        except Rejected:
            return True
        except MissingAbility as error:
            if "permission" in str(error.facts["why"]).lower():
                return False
            raise
        return True

    async def _shows_logs(self, app: str) -> bool:
        newest = await self.deployments(app, take=1)
        return not newest or "logs" in Fields(NAME, "deployment", await self._deployment(newest[0].uuid))

    async def _application(self, uuid: str) -> Any:
        return await self._json("GET", _app(uuid), what=f"application {uuid}")

    async def _deployment(self, uuid: str) -> Any:
        return await self._json("GET", f"/deployments/{quote(uuid, safe='')}", what=f"deployment {uuid}")

    async def _history(self, app: str, take: int) -> Any:
        path = f"/deployments/applications/{quote(app, safe='')}"
        return await self._json("GET", path, params={"skip": 0, "take": take}, what=f"application {app}")

    async def _json(self, method: str, path: str, **options: Any) -> Any:
        return self._http.read(await self._ask(method, path, **options))

    async def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        # Without this header Coolify answers errors as pages and redirects.
        options.setdefault("headers", {"Accept": "application/json"})
        try:
            return await self._http.request(method, API + path, **options)
        except Rejected as error:
            # A token that is wrong in form was a 400 before 4.1.2.
            if str(error.facts["why"]).startswith("Invalid token"):
                raise Unauthorized(system=NAME, doing="", setting=self._http.setting) from None
            raise


def _app(uuid: str) -> str:
    return f"/applications/{quote(uuid, safe='')}"


# --- parsing: pure, lenient about what may be missing


def parse_version(text: str) -> tuple[int, ...]:
    """`4.3.11` as (4, 3, 11). A beta sorts before its release: `4.0.0-beta.460` is (4, 0, -1, 460)."""
    found = VERSION.fullmatch(text.strip())
    if not found:
        raise Unexpected(system=NAME, doing="", why=f"`{plain(text)[:40]}` for a version")
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
    )


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
        raise NotThere(system=NAME, doing="", what=f"application {uuid}")
    if claimed := entry.text("deployment_uuid"):
        return claimed
    why = plain(entry.text("message")) or "it started nothing and did not say why"
    if NO_PERMISSION.search(why):
        raise MissingAbility(system=NAME, doing="", why=why, setting=setting or "the settings")
    raise Rejected(system=NAME, doing="", why=why, status=200)


def parse_deployment(raw: Any) -> Deployment:
    return _deployment(Fields(NAME, "deployment", raw))


def _deployment(fields: Fields) -> Deployment:
    return Deployment(
        uuid=fields.required_text("deployment_uuid"),
        status=fields.required_text("status"),
        commit=fields.text("commit") or "HEAD",
        at=fields.moment("created_at"),
        logs=parse_logs(fields.raw("logs")),
    )


def parse_active(raw: Any) -> tuple[Deployment, ...]:
    """Coolify numbers the keys of this list as it likes, and JSON then makes it an object."""
    if isinstance(raw, dict):
        raw = list(raw.values())
    if not isinstance(raw, list):
        raise Unexpected(system=NAME, doing="", why="deployments that are no list")
    return tuple(_deployment(fields) for fields in each(NAME, "deployment", raw))


def parse_history(raw: Any) -> tuple[Deployment, ...]:
    """An application's own deployments; those of its previews, which are listed among them, are left out."""
    listed = raw if isinstance(raw, list) else Fields(NAME, "history", raw).raw("deployments")
    if not isinstance(listed, list):
        raise Unexpected(system=NAME, doing="", why="a history that is no list")
    entries = each(NAME, "deployment", listed)
    return tuple(_deployment(entry) for entry in entries if entry.number("pull_request_id") <= 0)


def parse_logs(raw: Any) -> tuple[LogLine, ...]:
    """The lines that Coolify means to be seen. They come as a JSON string, as null early, or not."""
    try:
        listed = json.loads(raw) if isinstance(raw, str) else raw
    except (ValueError, RecursionError):
        return ()
    listed = listed if isinstance(listed, list) else []
    entries = each(NAME, "log line", (entry for entry in listed if isinstance(entry, dict)))
    return tuple(line for entry in entries for line in _lines(entry))


def _lines(entry: Fields) -> tuple[LogLine, ...]:
    if entry.flag("hidden"):
        return ()
    error = entry.text("type") in {"stderr", "error"}
    lines = (line.rstrip() for line in entry.text("output").splitlines())
    return tuple(LogLine(line, error) for line in lines if line)
