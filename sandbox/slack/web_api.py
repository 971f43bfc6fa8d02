"""Slack's Web API under /api/: authentication, rate limits, arguments, and answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.slack import arguments as encodings, chat, directory, modals
from sandbox.slack.arguments import Arguments, Method
from sandbox.slack.cast import APP, BOT, FISK, TEAM
from sandbox.slack.errors import SlackError
from sandbox.slack.workspace import Call, Workspace

if TYPE_CHECKING:
    from sandbox.slack.files import Files
    from sandbox.slack.limits import Limits
    from sandbox.slack.message import Json
    from sandbox.slack.socket_mode import SocketMode

APP_LEVEL = ("apps.connections.open",)


class WebApi:
    """Answers calls. `scopes` are the token's; None means all."""

    def __init__(
        self,
        workspace: Workspace,
        limits: Limits,
        socket: SocketMode,
        files: Files,
        bot_token: str,
        app_token: str,
    ) -> None:
        self.workspace = workspace
        self.limits = limits
        self.scopes: frozenset[str] | None = None
        self._tokens = {"bot": bot_token, "app": app_token}
        self._methods: Mapping[str, Method] = {
            "api.test": Method(lambda _, arguments: {"args": dict(arguments)}),
            "auth.test": Method(who_am_i),
            "apps.connections.open": Method(lambda _, __: {"url": socket.ticket()}),
            **chat.METHODS,
            **directory.METHODS,
            **modals.METHODS,
            **files.methods(),
        }

    def install(self, app: web.Application) -> None:
        app.router.add_route("*", "/api/{method}", self.answer)

    async def answer(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        arguments = Arguments()
        try:
            arguments = await encodings.read(request)
            method = self._allowed(name, arguments, _token(request, arguments))
            self.limits.take(name, arguments)
            answer = {"ok": True, **method.run(self.workspace, arguments)}
        except SlackError as refused:
            self._write_down(name, arguments, refused.code)
            return _refusal(refused)
        self._write_down(name, arguments)
        return web.json_response(answer, headers=self._granted())

    def _allowed(self, name: str, arguments: Arguments, token: str) -> Method:
        if name not in self._methods:
            raise SlackError("unknown_method", req_method=name)
        method = self._methods[name]
        if name == "api.test":
            return method
        if not token:
            raise SlackError("not_authed")
        if token not in self._tokens.values():
            raise SlackError("invalid_auth")
        if token != self._tokens["app" if name in APP_LEVEL else "bot"]:
            raise SlackError("not_allowed_token_type")
        if self.scopes is not None and (needed := _missing(method, arguments, self.scopes)):
            provided = ",".join(sorted(self.scopes))
            raise SlackError("missing_scope", needed=",".join(needed), provided=provided)
        return method

    def _write_down(self, name: str, arguments: Arguments, error: str = "") -> None:
        given = {key: value for key, value in arguments.items() if key != "token"}
        self.workspace.calls.append(Call(self.workspace.now(), name, given, error))

    def _granted(self) -> dict[str, str]:
        return {} if self.scopes is None else {"X-OAuth-Scopes": ",".join(sorted(self.scopes))}


def _missing(method: Method, arguments: Arguments, granted: frozenset[str]) -> tuple[str, ...]:
    if method.scopes and granted.isdisjoint(method.scopes):
        return method.scopes
    return tuple(scope for scope in method.each(arguments) if scope not in granted)


def who_am_i(workspace: Workspace, _arguments: Arguments) -> Json:
    return {
        "url": "https://fiskai.slack.com/",
        "team": workspace.name,
        "user": FISK.name,
        "team_id": TEAM,
        "user_id": FISK.id,
        "bot_id": BOT,
        "app_id": APP,
        "is_enterprise_install": False,
    }


def _token(request: web.Request, arguments: Arguments) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else arguments.text("token")


def _refusal(refused: SlackError) -> web.Response:
    if refused.code == "ratelimited":
        headers = {"Retry-After": str(refused.details["wait"])}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
    return web.json_response(refused.answer())
