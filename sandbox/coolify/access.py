"""Access control of Coolify's API: tokens and abilities, the disabled API, the rate limit per user."""

from __future__ import annotations

import functools
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.coolify.version import INVALID_TOKEN_IS_401

if TYPE_CHECKING:
    from sandbox.coolify.server import Coolify

MINUTE, PER_MINUTE = 60.0, 200
ABILITIES = ("read", "read:sensitive", "write", "deploy")


@dataclass(frozen=True, slots=True)
class Token:
    """An API token. Coolify calls one without a team invalid; root has all abilities."""

    abilities: frozenset[str]
    user: str = "fisk"
    team: bool = True

    def may(self, ability: str) -> bool:
        return bool(self.abilities & {ability, "root"})


@dataclass
class Access:
    """The API's access checks, and the related switches of Coolify's settings."""

    per_minute: int = PER_MINUTE
    minute: float = MINUTE  # seconds; tests may shorten it
    api_enabled: bool = True
    allowed: bool = True  # whether the caller's address is on the allow list
    tokens: dict[str, Token] = field(default_factory=dict)
    _asked: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def issue(self, *abilities: str, user: str = "fisk", team: bool = True) -> str:
        """Create a token, `<id>|<secret>`; by default with the four abilities that fisk needs."""
        text = f"{len(self.tokens) + 1}|{secrets.token_hex(20)}"
        self.tokens[text] = Token(frozenset(abilities or ABILITIES), user, team)
        return text

    def limit(self, per_minute: int) -> None:
        """Allow each user so many requests a minute from now on, whatever they asked before."""
        self.per_minute = per_minute
        self._asked.clear()

    def token(self, request: web.Request) -> Token | None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        return self.tokens.get(text) if scheme == "Bearer" else None

    def refuse(self, request: web.Request, ability: str) -> web.Response | None:
        """The answer of the first failed check, in Coolify's order: token, limit, switches, ability."""
        token = self.token(request)
        if token is None:
            return message(401, "Unauthenticated.")
        if seconds := self._wait(token.user):
            return too_many(request, seconds)
        if not self.api_enabled:
            return web.json_response({"success": True, "message": "API is disabled."}, status=403)
        if not self.allowed:
            text = "You are not allowed to access the API."
            return web.json_response({"success": True, "message": text}, status=403)
        if not token.may(ability):
            return message(403, f"Missing required permissions: {ability}")
        return None

    def _wait(self, user: str) -> float:
        """Seconds until this user's next request is allowed; 0 counts the request and allows it."""
        now, asked = time.monotonic(), self._asked[user]
        while asked and asked[0] <= now - self.minute:
            asked.popleft()
        if len(asked) >= self.per_minute:
            return (asked[0] if asked else now) + self.minute - now
        asked.append(now)
        return 0


Endpoint = Callable[["Coolify", web.Request], Awaitable[web.Response]]


def needs(ability: str, before: tuple[str, str] | None = None) -> Callable[[Endpoint], Endpoint]:
    """Wrap an endpoint in the access checks. `before`: a version, and the ability needed before it."""

    def guard(endpoint: Endpoint) -> Endpoint:
        @functools.wraps(endpoint)
        async def guarded(coolify: Coolify, request: web.Request) -> web.Response:
            needed = before[1] if before and coolify.older(before[0]) else ability
            if refused := coolify.access.refuse(request, needed):
                return refused
            token = coolify.access.token(request)
            if token is not None and not token.team:
                return message(400 if coolify.older(INVALID_TOKEN_IS_401) else 401, "Invalid token.")
            return await endpoint(coolify, request)

        return guarded

    return guard


def message(status: int, text: str, /, **more: object) -> web.Response:
    return web.json_response({"message": text, **more}, status=status)


def wants_json(request: web.Request) -> bool:
    return "json" in request.headers.get("Accept", "")


def html(status: int, title: str, headers: dict[str, str] | None = None) -> web.Response:
    """Laravel's HTML error, for a client that does not ask for JSON."""
    page = f"<!DOCTYPE html><html><title>{title}</title><body>{status} | {title}</body></html>"
    return web.Response(status=status, text=page, content_type="text/html", headers=headers)


def too_many(request: web.Request, seconds: float) -> web.Response:
    headers = {"Retry-After": str(max(1, round(seconds)))}
    if not wants_json(request):
        return html(429, "Too Many Requests", headers)
    return web.json_response({"message": "Too Many Attempts."}, status=429, headers=headers)
