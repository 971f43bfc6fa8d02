"""Fault injection: faults that a test or a user queues for a stand-in."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Fault:
    """An injected fault: wait `delay` seconds, then drop the connection or answer with `status`.

    A fault with neither `status` nor `drop` only delays the answer.
    With `after`, the request is handled first, and only its answer is replaced or lost.
    """

    match: str
    status: int = 0
    body: str = ""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0
    drop: bool = False
    after: bool = False
    times: int = 1

    def fits(self, request: web.Request) -> bool:
        return self.times > 0 and fnmatchcase(f"{request.method} {request.path}", self.match)


class Faults:
    """The faults of one stand-in. `match` is a glob over `METHOD /path`, as in `POST /api/v1/deploy`."""

    def __init__(self) -> None:
        self.queued: list[Fault] = []

    def queue(self, match: str, **what: object) -> Fault:
        """Let the next `times` requests that match fail as described (the fields of `Fault`)."""
        fault = Fault(match, **what)  # type: ignore[arg-type]
        self.queued.append(fault)
        return fault

    def clear(self) -> None:
        self.queued.clear()

    @property
    def middleware(self) -> Middleware:
        @web.middleware
        async def faulty(request: web.Request, handler: Handler) -> web.StreamResponse:
            fault = next((fault for fault in self.queued if fault.fits(request)), None)
            return await handler(request) if fault is None else await self._commit(fault, request, handler)

        return faulty

    async def _commit(self, fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
        fault.times -= 1
        await asyncio.sleep(fault.delay)
        if not (fault.status or fault.drop):
            return await handler(request)
        if fault.after:
            with contextlib.suppress(web.HTTPException):
                await handler(request)
        if fault.drop:
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError("dropped, as asked")
        return web.Response(
            status=fault.status, text=fault.body, content_type=fault.content_type, headers=fault.headers
        )


def install(app: web.Application, faults: Faults) -> None:
    """Add the faults as middleware of an application, and `POST /_faults` to queue them over HTTP."""

    async def queue(request: web.Request) -> web.Response:
        faults.queue(**json.loads(await request.text()))
        return web.Response(status=204)

    app.middlewares.append(faults.middleware)
    app.router.add_post("/_faults", queue)
