"""A server with only the endpoint for GitHub's webhooks, and functions to sign requests."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from bot.app.http import Server
from bot.app.metrics import Metrics
from bot.app.webhooks import PATH, Webhooks
from sandbox.ports import free_port
from tests.waiting import until

if TYPE_CHECKING:
    from sandbox.faults import Handler

SECRET = "s3cret"
CANARY = "canary-in-the-body"
BODY = json.dumps({"action": "completed", "workflow_run": {"id": 7, "head_branch": CANARY}}).encode()


class Endpoint:
    """A server with the endpoint in it. `hears` says what becomes of a payload."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.heard: list[tuple[dict[str, Any], str]] = []
        self.hears: Callable[[], Awaitable[str | None]] = self._news
        self.webhooks = Webhooks(SECRET, self._hear, self.metrics)
        self.port = 0
        self.reading = asyncio.Event()

    async def _news(self) -> str:
        return "news"

    async def _hear(self, payload: dict[str, Any], delivery: str) -> str | None:
        self.heard.append((payload, delivery))
        return await self.hears()

    async def post(self, body: bytes = BODY, **headers: str) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"http://127.0.0.1:{self.port}{PATH}", data=BytesIO(body), headers=headers
            ) as answer,
        ):
            return answer.status, await answer.text()

    async def deliver(
        self, body: bytes = BODY, event: str = "workflow_run", id_: str = "d-1"
    ) -> tuple[int, str]:
        return await self.post(body, **signed(body, event, id_))

    @property
    def counted(self) -> dict[str, float]:
        """How often each outcome was counted."""
        samples = next(iter(self.metrics.webhooks.collect())).samples
        return {each.labels["outcome"]: each.value for each in samples if each.name.endswith("_total")}


def signed(
    body: bytes, event: str = "workflow_run", id_: str = "d-1", secret: str = SECRET
) -> dict[str, str]:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": id_,
        "X-Hub-Signature-256": f"sha256={signature}",
    }


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    endpoint = Endpoint()

    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        endpoint.reading.set()
        return await handler(request)

    site = web.Application(client_max_size=2**20, middlewares=[note])
    endpoint.webhooks.install(site)
    endpoint.port = free_port()
    server = Server(site, ("127.0.0.1", endpoint.port))
    await server.start()
    yield endpoint
    await endpoint.webhooks.drain(0)
    await server.stop()


async def counted(endpoint: Endpoint, outcome: str) -> None:
    await until(lambda: endpoint.counted == {outcome: 1})
