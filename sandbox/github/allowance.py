"""GitHub's tokens, hourly rate limit, and conditional requests, which do not count against it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from sandbox.faults import Handler

HOUR = 3600
RESOURCE = {"repos": 4, "repositories": 3}  # where RESOURCE is in /repos/OWNER/NAME/RESOURCE/…
OK = 200
ANONYMOUS = ""
ANONYMOUS_LIMIT = 60
DOCS = "https://docs.github.com/rest"


def refusal(status: int, text: str, headers: Mapping[str, str] | None = None, **more: object) -> web.Response:
    body = {"message": text, "documentation_url": DOCS, "status": str(status), **more}
    return web.json_response(body, status=status, headers=headers)


@dataclass
class Window:
    """One caller's rate limit window of an hour."""

    limit: int
    used: int = 0
    reset: int = field(default_factory=lambda: int(time.time()) + HOUR)

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    def renew(self) -> None:
        if time.time() >= self.reset:
            self.used, self.reset = 0, int(time.time()) + HOUR

    @property
    def numbers(self) -> dict[str, int]:
        return {"limit": self.limit, "used": self.used, "remaining": self.remaining, "reset": self.reset}

    @property
    def headers(self) -> dict[str, str]:
        return {f"X-RateLimit-{name.title()}": str(value) for name, value in self.numbers.items()} | {
            "X-RateLimit-Resource": "core"
        }


class Allowance:
    """Authentication and rate limits; tests may change these attributes.

    Attributes:
        tokens: the valid ones; each has its own window.
        limit: requests an hour for a token.
        windows: the window of each token.
        denied: permissions that no token has: `contents`, `actions`, `actions: write`, `deployments` (to write them),
            `pulls`.
        hidden: the same, but answered with 404.
        scopes: what GitHub tells of a classic token with each answer; empty: the tokens are fine-grained ones.
    """

    def __init__(self, *tokens: str, limit: int = 5000) -> None:
        self.tokens = set(tokens)
        self.limit = limit
        self.windows: dict[str, Window] = {}
        self.denied: set[str] = set()
        self.hidden: set[str] = set()
        self.scopes = ""

    def window(self, token: str) -> Window:
        limit = self.limit if token else ANONYMOUS_LIMIT
        window = self.windows.setdefault(token, Window(limit))
        window.limit = limit
        window.renew()
        return window

    def token(self, request: web.Request) -> str | None:
        """The caller's token, empty for an anonymous one, None for one that GitHub does not know."""
        header = request.headers.get("Authorization", "")
        if not header:
            return ANONYMOUS
        token = header.partition(" ")[2]
        return token if token in self.tokens else None

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        token = self.token(request)
        if token is None:
            return refusal(401, "Bad credentials")
        if request.path == "/rate_limit":
            return web.json_response(_limits(self.window(token)))
        if not token and request.method != "GET":
            return refusal(401, "Requires authentication")
        window = self.window(token)
        if not window.remaining:
            return refusal(403, "API rate limit exceeded for user ID 4100.", window.headers)
        if refused := self._refused(request, window):
            return refused
        answer = await handler(request)
        answer = _conditional(request, answer)
        free = answer.status == web.HTTPNotModified.status_code and token
        window.used += 0 if free else 1
        answer.headers.update(window.headers)
        if self.scopes:
            answer.headers["X-OAuth-Scopes"] = self.scopes
        return answer

    def _refused(self, request: web.Request, window: Window) -> web.Response | None:
        if self._is_among(self.hidden, request):
            return refusal(404, "Not Found", window.headers)
        if self._is_among(self.denied, request):
            return refusal(403, "Resource not accessible by personal access token", window.headers)
        return None

    def _is_among(self, rights: set[str], request: web.Request) -> bool:
        """Whether a request needs one of `rights`; GitHub checks permissions before the resource."""
        parts = request.path.split("/")
        place = RESOURCE.get(parts[1], len(parts))
        needed = parts[place] if len(parts) > place else ""
        if request.method == "GET":
            return needed in rights - {"deployments"}
        return bool(rights & {needed, f"{needed}: write"})


def _conditional(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    """Add an ETag; answer 304 if it matches If-None-Match."""
    if not isinstance(answer, web.Response) or request.method != "GET" or answer.status != OK:
        return answer
    body = answer.body if isinstance(answer.body, bytes) else b""
    tag = f'W/"{hashlib.sha256(body).hexdigest()}"'
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers={"ETag": tag})
    answer.headers["ETag"] = tag
    answer.headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
    return answer


def _limits(core: Window) -> dict[str, object]:
    search = {"limit": 30, "used": 0, "remaining": 30, "reset": core.reset}
    return {"resources": {"core": core.numbers, "search": search}, "rate": core.numbers}
