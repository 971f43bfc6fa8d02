"""What stand-ins are asked: counted, so that a fault comes at its request, and written down with its answer."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.faults import Faults, Handler

if TYPE_CHECKING:
    from aiohttp.typedefs import Middleware

    from tests.chaos.plan import Fault


@dataclass(frozen=True, slots=True)
class Handled:
    """A request other than GET that a stand-in handled, whatever came of its answer. For ssh `path` is the command."""

    at: float
    system: str
    method: str
    path: str
    body: str
    token: str
    status: int


ARRIVED = web.RequestKey("arrived", float)  # in seconds since the epoch
STATUS = {"answer_403": 403, "answer_429": 429, "answer_500": 500, "answer_503": 503}
RETRY_AFTER = "1"  # second
SECONDARY = {"message": "You have exceeded a secondary rate limit."}
SLACK_BUSY = {"ok": False, "error": "ratelimited"}


class Watch:
    """Fires each fault of a plan once, at its moment. `handled` is what changed something."""

    def __init__(self, faults: tuple[Fault, ...], do: Callable[[Fault, str], None]) -> None:
        self.left = list(faults)
        self.handled: list[Handled] = []
        self._do = do
        self._counts: Counter[int] = Counter()

    def at(self, system: str, what: str, who: str = "") -> Fault | None:
        """A bot, known by its token or name, asks something. The fault of this very answer; the others are done."""
        due = [fault for fault in self.left if self._is_due(fault, system, what)]
        own = None
        for fault in due:
            self.left.remove(fault)
            if fault.what in ANSWERS:
                own = fault
            else:
                self._do(fault, who)
        return own

    def _is_due(self, fault: Fault, system: str, what: str) -> bool:
        when = fault.when
        if when.system != system or not fnmatchcase(what, when.what or "*"):
            return False
        self._counts[id(fault)] += 1
        return self._counts[id(fault)] >= when.nth

    # --- as middleware

    def outer(self, system: str) -> Middleware:
        """Counts, and spoils the answer where a fault says so."""

        @web.middleware
        async def watched(request: web.Request, handler: Handler) -> web.StreamResponse:
            request[ARRIVED] = time.time()
            fault = self.at(system, f"{request.method} {request.path}", token_of(request))
            return await handler(request) if fault is None else await spoiled(fault, request, handler)

        return watched

    def inner(self, system: str) -> Middleware:
        """Writes down what was handled."""

        @web.middleware
        async def noted(request: web.Request, handler: Handler) -> web.StreamResponse:
            response = await handler(request)
            if request.method != "GET" and request.path != "/_faults":
                self.handled.append(await _handled(system, request, response.status))
            return response

        return noted


async def _handled(system: str, request: web.Request, status: int) -> Handled:
    body = (await request.read()).decode(errors="replace")
    query = dict(request.query)
    told = body or json.dumps(query)
    return Handled(request[ARRIVED], system, request.method, request.path, told, token_of(request), status)


def token_of(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


async def spoiled(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    """The answer as the fault has it. `lose` and `delay` come after the request was handled."""
    if status := STATUS.get(fault.what):
        body = SLACK_BUSY if fault.when.system == "slack" else SECONDARY
        return web.json_response(body, status=status, headers={"Retry-After": RETRY_AFTER})
    if fault.what == "delay":
        answer = await handler(request)
        await asyncio.sleep(fault.seconds)
        return answer
    if fault.what == "lose":
        with suppress(web.HTTPException):
            await handler(request)
    if request.transport is not None:
        request.transport.abort()
    raise ConnectionResetError("dropped, as planned")


ANSWERS = frozenset({*STATUS, "drop", "lose", "delay"})


class WatchedFaults(Faults):
    """Slack's faults, which its application takes as middleware, with the watch around them."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._outer = watch.outer("slack")

    @property
    def middleware(self) -> Middleware:
        inner = super().middleware

        @web.middleware
        async def both(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._outer(request, lambda again: inner(again, handler))

        return both
