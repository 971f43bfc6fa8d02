"""The base class of all stand-ins: a port, injected faults, and a record of requests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.faults import Faults, Handler, install

LARGEST = 2**26  # bytes of a request


@dataclass(frozen=True, slots=True)
class Received:
    """A received request, whatever its answer was. `path` has no query."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def line(self) -> str:
        """`METHOD /path`, the form that faults match."""
        return f"{self.method} {self.path}"


class StandIn:
    """A stand-in for an external system: one aiohttp application on 127.0.0.1. `url` is set by `start`."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.received: list[Received] = []
        self.url = ""
        self.site = web.Application(middlewares=[self._record], client_max_size=LARGEST)
        install(self.site, self.faults)
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes any free one."""
        self._runner = web.AppRunner(self.site, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        host, taken = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{taken}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def netloc(self) -> str:
        """`host:port`."""
        return self.url.removeprefix("http://")

    def asked(self, line: str) -> int:
        """The number of requests for this `METHOD /path`."""
        return sum(received.line == line for received in self.received)

    @web.middleware
    async def _record(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != "/_faults":
            body = (await request.read()).decode(errors="replace")
            self.received.append(
                Received(request.method, request.path, dict(request.query), dict(request.headers), body)
            )
        return await handler(request)
