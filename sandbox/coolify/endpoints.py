"""The endpoints of Coolify's API: checks in Coolify's order, and answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.coolify import patch, version as changes
from sandbox.coolify.access import html, message, needs, wants_json
from sandbox.coolify.ids import new_uuid

if TYPE_CHECKING:
    from sandbox.coolify.applications import App
    from sandbox.coolify.queue import Requested
    from sandbox.coolify.server import Coolify

SKIPPED = "Deployment already queued for this commit."
FULL = "Deployment queue is full. Please wait for existing deployments to complete."
QUEUE_FULL_SECONDS = "60"
TAKE = 10
USUAL_LINES, MOST_LINES = 100, 10_000  # lines of a container's log


async def health(_: Coolify, __: web.Request) -> web.Response:
    return web.Response(text="OK", content_type="text/html")


@needs("read")
async def version(coolify: Coolify, _: web.Request) -> web.Response:
    return web.Response(text=coolify.version, content_type="text/html")


async def nothing(_: Coolify, __: web.Request) -> web.Response:
    """The answer for unknown paths, and for wrong methods on most known ones."""
    return message(404, "Not found.", docs="https://coolify.io/docs")


def wrong_method(request: web.Request) -> web.Response:
    if not wants_json(request):
        return html(405, "Method Not Allowed", {"Allow": "POST"})
    route = request.path.removeprefix("/")
    text = f"The GET method is not supported for route {route}. Supported methods: POST."
    return web.json_response({"message": text}, status=405, headers={"Allow": "POST"})


# --- applications


@needs("read")
async def applications(coolify: Coolify, request: web.Request) -> web.Response:
    """GET: all applications."""
    whole = sensitive(coolify, request)
    return web.json_response([app.payload(sensitive=whole) for app in coolify.apps.values()])


@needs("read")
async def application(coolify: Coolify, request: web.Request) -> web.Response:
    app = _app(coolify, request)
    if app is None:
        return message(404, "Application not found.")
    return web.json_response(app.payload(sensitive=sensitive(coolify, request)))


@needs("write")
async def change(coolify: Coolify, request: web.Request) -> web.Response:
    """PATCH: changes the configuration, no running or queued deployment."""
    body = await json_body(request)
    if isinstance(body, web.Response):
        return body
    app = _app(coolify, request)
    if app is None:
        return message(404, "Application not found.")
    if errors := patch.refuse(body):
        return message(422, "Validation failed.", errors=errors)
    if conflicts := _conflicts(coolify, app, body):
        return message(
            409, "Domain conflicts detected. Use force_domain_override=true to proceed.", **conflicts
        )
    patch.apply(app, body)
    if body.get("instant_deploy"):
        _ask(coolify, app)
    return web.json_response({"uuid": app.uuid})


def _conflicts(coolify: Coolify, app: App, body: dict[str, Any]) -> dict[str, Any]:
    domain = body.get("domains")
    others = [
        other for other in coolify.apps.values() if other is not app and other.columns["fqdn"] == domain
    ]
    if domain is None or not others or body.get("force_domain_override"):
        return {}
    taken = [
        {
            "domain": domain,
            "resource_name": other.name,
            "resource_uuid": other.uuid,
            "resource_type": "application",
            "message": f"Domain {domain} is already in use by application '{other.name}'",
        }
        for other in others
    ]
    return {
        "warning": "Using the same domain for multiple resources can cause conflicts.",
        "conflicts": taken,
    }


@needs("read")
async def logs(coolify: Coolify, request: web.Request) -> web.Response:
    """The container's last lines, stdout and stderr merged; an invalid number of lines means 100."""
    app = _app(coolify, request)
    if app is None:
        return message(404, "Application not found.")
    container = coolify.host.running.get(app.target)
    if container is None:
        return message(400, "Application is not running.")
    asked, flag = request.query.get("lines", ""), request.query.get("show_timestamps", "")
    count = int(asked) if asked.isdecimal() and int(asked) else USUAL_LINES
    stamped = flag.lower() in {"1", "true", "on", "yes"} and not coolify.older(changes.LOG_STAMPS)
    shown = [line.shown(stamped=stamped) for line in list(container.logs)[-min(count, MOST_LINES) :]]
    return web.json_response({"logs": "".join(shown).strip()})


# --- deploying


@needs("deploy")
async def deploy(coolify: Coolify, request: web.Request) -> web.Response:
    """Deploy by uuid: one entry for each application found, failures included."""
    uuids, tags = request.query.get("uuid", ""), request.query.get("tag", "")
    if uuids and tags:
        return message(400, "You can only use uuid or tag, not both.")
    if tags:
        return message(404, "No resources found with this tag.")
    if not uuids:
        return message(400, "You must provide uuid or tag.")
    force = request.query.get("force", "") in {"1", "true"}
    found = [app for uuid in uuids.split(",") if (app := coolify.find(uuid))]
    entries = [_entry(coolify, app, force=force) for app in found]
    if None in entries:
        return _queue_full()
    if not entries:
        return message(404, "No resources found.")
    return web.json_response({"deployments": entries})


def _entry(coolify: Coolify, app: App, *, force: bool) -> dict[str, str] | None:
    """The entry of one application; None if the queue is full.

    A skipped deployment has an id, too, of a deployment that does not exist.
    """
    if not app.may_deploy:
        return {"message": "Unauthorized to deploy this application.", "resource_uuid": app.uuid}
    asked = _ask(coolify, app, force=force)
    if asked.what == "full":
        return None
    text = SKIPPED if asked.what == "skipped" else f"Application {app.name} deployment queued."
    uuid = asked.deployment.uuid if asked.deployment else new_uuid()
    return {"message": text, "resource_uuid": app.uuid, "deployment_uuid": uuid}


@needs("deploy", before=(changes.START_NEEDS_DEPLOY, "write"))
async def start(coolify: Coolify, request: web.Request) -> web.Response:
    """Start and restart: for an image application both are full deployments."""
    app = _app(coolify, request)
    if app is None:
        return message(404, "Application not found.")
    asked = _ask(coolify, app, force=request.query.get("force", "") in {"1", "true"})
    if asked.what == "skipped":
        return message(200, SKIPPED)
    verb = "Restart" if request.path.endswith("/restart") else "Deployment"
    uuid = asked.deployment.uuid if asked.deployment else new_uuid()  # a full queue is not reported
    return message(200, f"{verb} request queued.", deployment_uuid=uuid)


@needs("deploy", before=(changes.START_NEEDS_DEPLOY, "write"))
async def stop(coolify: Coolify, request: web.Request) -> web.Response:
    app = _app(coolify, request)
    if app is None:
        return message(404, "Application not found.")
    coolify.host.running.pop(app.target, None)
    app.status = "exited"
    return message(200, "Application stopping request queued.")


@needs("deploy")
async def rollback(coolify: Coolify, request: web.Request) -> web.Response:
    """The commit becomes the deployment's key; an image application is deployed by its tag all the same."""
    if coolify.older(changes.ROLLBACK):
        return await nothing(coolify, request)
    app = _app(coolify, request)
    if app is None:
        return message(404, "Application not found.")
    body = await json_body(request)
    commit = body if isinstance(body, web.Response) else body.get("commit")
    return _roll_back(coolify, app, commit) if isinstance(commit, str) else commit or _no_commit(request)


def _roll_back(coolify: Coolify, app: App, commit: str) -> web.Response:
    asked = coolify.queue.ask(app, commit, rollback=True)
    if asked.deployment is None:
        return _queue_full()
    return message(200, "Rollback deployment queued.", deployment_uuid=asked.deployment.uuid)


def _no_commit(request: web.Request) -> web.Response:
    """Laravel's validation error: JSON, or a redirect back for a browser."""
    if not wants_json(request):
        return web.Response(status=302, headers={"Location": "/"})
    return message(422, "Validation failed.", errors={"commit": ["The commit field is required."]})


def _ask(coolify: Coolify, app: App, *, force: bool = False) -> Requested:
    commit = "HEAD" if coolify.older(changes.KEY_IS_GIT_COMMIT) else app.commit
    limited = not coolify.older(changes.DEPLOYMENT_QUEUE_LIMIT)
    return coolify.queue.ask(app, commit, force=force, limited=limited)


def _queue_full() -> web.Response:
    return web.json_response({"message": FULL}, status=429, headers={"Retry-After": QUEUE_FULL_SECONDS})


# --- deployments


@needs("read")
async def active(coolify: Coolify, request: web.Request) -> web.Response:
    """Queued and running deployments of all applications."""
    shown = sensitive(coolify, request)
    rows = [row.payload(sensitive=shown) for row in coolify.queue.rows if row.active]
    as_object = {str(number): row for number, row in enumerate(rows)}
    return web.json_response(as_object if coolify.active_as_object and rows else rows)


@needs("read")
async def deployment(coolify: Coolify, request: web.Request) -> web.Response:
    row = coolify.queue.find(request.match_info["uuid"])
    if row is None:
        return message(404, "Deployment not found.")
    return web.json_response(row.payload(sensitive=sensitive(coolify, request)))


@needs("read")
async def history(coolify: Coolify, request: web.Request) -> web.Response:
    """An application's deployments, newest first, with their total number."""
    app = _app(coolify, request)
    if app is None:
        return message(404, "Application not found.")
    skip, take = int(request.query.get("skip", 0)), int(request.query.get("take", TAKE))
    rows, whole = coolify.queue.of(app), sensitive(coolify, request)
    shown = [row.payload(sensitive=whole) for row in rows[skip : skip + take]]
    return web.json_response({"count": len(rows), "deployments": shown})


@needs("deploy")
async def cancel(coolify: Coolify, request: web.Request) -> web.Response:
    """Cancel a queued or running deployment. Older versions cancel it, but then answer with an error."""
    if coolify.older(changes.CANCEL):
        return await nothing(coolify, request)
    row = coolify.queue.find(request.match_info["uuid"])
    if row is None:
        return message(404, "Deployment not found.")
    if not row.active:
        return message(400, f"Deployment cannot be cancelled. Current status: {row.status}")
    breaks = row.working and coolify.older(changes.CANCEL_ANSWERS)
    coolify.queue.cancel(row, start_next=not breaks)
    if breaks:
        return message(500, "Failed to cancel deployment: Call to a member function on null")
    text = "Deployment cancelled successfully."
    return message(200, text, deployment_uuid=row.uuid, status=row.status)


# --- shared


def _app(coolify: Coolify, request: web.Request) -> App | None:
    return coolify.find(request.match_info["uuid"])


def sensitive(coolify: Coolify, request: web.Request) -> bool:
    token = coolify.access.token(request)
    return token is not None and token.may("read:sensitive")


async def json_body(request: web.Request) -> dict[str, Any] | web.Response:
    """The body as an object, or Coolify's error."""
    if "json" not in request.content_type:
        return message(400, "Invalid request.", error="Content-Type must be application/json.")
    try:
        body = json.loads(await request.text())
    except json.JSONDecodeError:
        return message(400, "Invalid request.", error="Invalid JSON.")
    if not isinstance(body, dict) or not body:
        return message(400, "Invalid request.", error="Empty JSON.")
    return body
