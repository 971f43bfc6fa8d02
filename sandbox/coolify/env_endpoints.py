"""The endpoints of an application's environment variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.coolify import variables
from sandbox.coolify.access import html, message, needs, wants_json
from sandbox.coolify.endpoints import json_body, sensitive
from sandbox.coolify.variables import Refused

if TYPE_CHECKING:
    from sandbox.coolify.applications import App
    from sandbox.coolify.server import Coolify

NO_APP = "Application not found."
EXISTS = "Environment variable already exists. Use PATCH request to update it."
MISSING = "Environment variable not found."


@needs("read")
async def listed(coolify: Coolify, request: web.Request) -> web.Response:
    """All variables, production and preview, without pagination."""
    app = _app(coolify, request)
    if app is None:
        return message(404, NO_APP)
    return web.json_response([_shown(coolify, request, app, row) for row in app.variables.rows])


@needs("write")
async def create(coolify: Coolify, request: web.Request) -> web.Response:
    given = await _given(coolify, request)
    if isinstance(given, web.Response):
        return given
    app, body = given
    try:
        taken = variables.accepted(coolify, body)
    except Refused as refused:
        return _refusal(request, refused)
    if app.variables.find(taken["key"], preview=bool(taken.get("is_preview"))):
        return message(409, EXISTS)
    return web.json_response({"uuid": variables.create(app.variables, taken).uuid}, status=201)


@needs("write")
async def update(coolify: Coolify, request: web.Request) -> web.Response:
    """Update the variable with this key and `is_preview`."""
    given = await _given(coolify, request)
    if isinstance(given, web.Response):
        return given
    app, body = given
    try:
        taken = variables.accepted(coolify, body)
        row = app.variables.find(taken["key"], preview=bool(taken.get("is_preview")))
        if row is None:
            return message(404, MISSING)
        variables.update(row, taken)
    except Refused as refused:
        return _refusal(request, refused)
    return web.json_response(_shown(coolify, request, app, row), status=201)


@needs("write")
async def bulk(coolify: Coolify, request: web.Request) -> web.Response:
    """Save items one by one, without a transaction; only rows that existed at the start are found."""
    given = await _given(coolify, request)
    if isinstance(given, web.Response):
        return given
    app, body = given
    items = body.get("data")
    before = {(row.key, row.is_preview): row for row in reversed(app.variables.rows)}
    if not isinstance(items, list) or not items:
        return message(400, "Bulk data is required.")
    if coolify.held:
        await coolify.held.pop(0).wait()
    known, written = variables.fields(coolify), []
    for item in items:
        try:
            taken = variables.accepted(coolify, {name: it for name, it in item.items() if name in known})
            row = before.get((taken["key"], bool(taken.get("is_preview"))))
            if row:
                variables.update(row, taken)
            else:
                preview_too = (taken["key"], True) not in before
                row = variables.create(app.variables, taken, preview_too=preview_too)
        except Refused as refused:
            return _refusal(request, refused)
        written.append(_shown(coolify, request, app, row))
    return web.json_response(written, status=201)


@needs("write")
async def delete(coolify: Coolify, request: web.Request) -> web.Response:
    app = _app(coolify, request)
    if app is None:
        return message(404, NO_APP)
    if not app.variables.remove(request.match_info["variable"]):
        return message(404, MISSING)
    return message(200, "Environment variable deleted.")


async def _given(coolify: Coolify, request: web.Request) -> tuple[App, dict[str, Any]] | web.Response:
    """The application and the body, or Coolify's error."""
    app, body = _app(coolify, request), await json_body(request)
    if isinstance(body, web.Response):
        return body
    return (app, body) if app else message(404, NO_APP)


def _app(coolify: Coolify, request: web.Request) -> App | None:
    return coolify.find(request.match_info["uuid"])


def _shown(coolify: Coolify, request: web.Request, app: App, row: variables.Variable) -> dict[str, Any]:
    return row.payload(coolify, app.name, sensitive=sensitive(coolify, request))


def _refusal(request: web.Request, refused: Refused) -> web.Response:
    if refused.status == 500 and not wants_json(request):  # noqa: PLR2004 (a fault of the server's own)
        return html(500, refused.text)
    return message(refused.status, refused.text, **({"errors": refused.errors} if refused.errors else {}))
