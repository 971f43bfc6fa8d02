"""Storage of job logs: another origin, which refuses GitHub's tokens."""

from __future__ import annotations

import secrets
import time

from aiohttp import web

from sandbox.serving import StandIn


class LogStorage(StandIn):
    """Serves each log under a link that is valid for a minute; refuses requests with an Authorization header."""

    def __init__(self) -> None:
        super().__init__()
        self._links: dict[str, tuple[str, float]] = {}
        self.site.router.add_get("/logs/{signature}", self._log)

    def link(self, text: str, seconds: float) -> str:
        signature = secrets.token_hex(8)
        self._links[signature] = (text, time.monotonic() + seconds)
        return f"{self.url}/logs/{signature}"

    async def _log(self, request: web.Request) -> web.Response:
        if "Authorization" in request.headers:
            return web.Response(status=400, text="<Error><Code>InvalidAuthenticationInfo</Code></Error>")
        text, until = self._links.get(request.match_info["signature"], ("", 0.0))
        if until < time.monotonic():
            return web.Response(status=403, text="<Error><Code>AuthenticationFailed</Code></Error>")
        return web.Response(text=text)
