"""GitHub's webhooks: verified by the signature over the raw body, answered at once, handled once.

A webhook's build is in the outbox before GitHub gets its answer, if Valkey is as fast as usual; otherwise GitHub
gets 202 without waiting for it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.app.bodies import Bodies, Refused
from bot.app.tasks import Tasks
from deploy.core import errors
from deploy.core.bounded_json import loads
from deploy.core.log import logger

if TYPE_CHECKING:
    from bot.app.metrics import Metrics

    Hear = Callable[[dict[str, Any], str], Awaitable[str | None]]

PATH = "/github/webhook"
LARGEST = 25 * 2**20  # bytes; GitHub sends no more
ANSWER_WITHIN = 0.04  # seconds that an answer waits for the payload to be recorded
PREFIX = "sha256="
NEWS = "workflow_run"

log = logger()


class Webhooks:
    """`hear` records a payload under its delivery id; it returns what was recorded, None for nothing."""

    def __init__(self, secret: str, hear: Hear, metrics: Metrics) -> None:
        self._secret = secret.encode()
        self._hear = hear
        self._metrics = metrics
        self._tasks = Tasks()
        self._bodies = Bodies(LARGEST)

    def install(self, site: web.Application) -> None:
        site.router.add_post(PATH, self.receive)

    async def drain(self, seconds: float) -> None:
        """Finish the deliveries in progress; after `seconds` cancel them."""
        await self._tasks.drain(seconds)

    async def receive(self, request: web.Request) -> web.Response:
        """Handle one delivery. Nothing of its body is logged."""
        try:
            payload, event, delivery = await self._believed(request)
        except Refused as refused:
            self._count(refused.outcome)
            return web.Response(status=refused.status, text=str(refused))
        if event != NEWS:
            self._count("ignored")
            return web.Response(text="pong" if event == "ping" else "ignored")
        return await self._answer(payload, delivery)

    async def _believed(self, request: web.Request) -> tuple[dict[str, Any], str, str]:
        """Verify the signature; return payload, event and delivery id. Raises Refused."""
        signature = request.headers.get("X-Hub-Signature-256", "")
        if not signature.startswith(PREFIX):
            raise Refused(HTTPStatus.UNAUTHORIZED, "forged", "not signed")
        signed = hmac.new(self._secret, digestmod=hashlib.sha256)
        body = await self._bodies.read(request, signed.update)
        if not hmac.compare_digest(
            signature.encode("utf-8", "replace"), (PREFIX + signed.hexdigest()).encode()
        ):
            raise Refused(HTTPStatus.UNAUTHORIZED, "forged", "the signature does not fit")
        event, delivery = (request.headers.get(f"X-GitHub-{name}", "") for name in ("Event", "Delivery"))
        if not event or not delivery:
            raise Refused(HTTPStatus.BAD_REQUEST, "malformed", "without X-GitHub-Event or X-GitHub-Delivery")
        return _json(body), event, delivery

    async def _answer(self, payload: dict[str, Any], delivery: str) -> web.Response:
        """The result if it is ready within ANSWER_WITHIN; otherwise 202, while the work goes on."""
        noting = self._tasks.spawn(self._note(payload, delivery), "webhook")
        await asyncio.wait({noting}, timeout=ANSWER_WITHIN)
        if not noting.done():
            return web.Response(status=HTTPStatus.ACCEPTED, text="accepted")
        status, outcome = noting.result()
        return web.Response(status=status, text=outcome)

    async def _note(self, payload: dict[str, Any], delivery: str) -> tuple[HTTPStatus, str]:
        status, outcome = await self._noted(payload, delivery)
        self._count(outcome)
        return status, outcome

    async def _noted(self, payload: dict[str, Any], delivery: str) -> tuple[HTTPStatus, str]:
        try:
            return HTTPStatus.OK, await self._hear(payload, delivery) or "ignored"
        except errors.SystemFailure:
            return HTTPStatus.BAD_REQUEST, "malformed"
        except errors.FiskError as failure:
            log.warning("a webhook was not noted; looking will find what it told of", code=failure.code)
            return HTTPStatus.SERVICE_UNAVAILABLE, "failed"
        except Exception as fault:  # noqa: BLE001 (its text may quote the body)
            log.error("a webhook met a fault", kind=type(fault).__name__)  # noqa: TRY400 (likewise)
            return HTTPStatus.INTERNAL_SERVER_ERROR, "failed"

    def _count(self, outcome: str) -> None:
        self._metrics.webhooks.labels(outcome).inc()


def _json(body: bytes) -> dict[str, Any]:
    """The body as a JSON object. Raises Refused."""
    try:
        read = loads(body)
    except ValueError:
        read = None
    if isinstance(read, dict):
        return read
    hint = "not a JSON object: set the webhook's content type to application/json"
    raise Refused(HTTPStatus.BAD_REQUEST, "not_json", hint)
