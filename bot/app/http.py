"""fisk's HTTP server: health, GitHub's webhooks, and Slack's requests in HTTP mode; readiness and metrics apart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.app.bodies import Bodies, Refused
from bot.app.connections import Connection, Connections
from deploy.core import errors
from deploy.core.log import logger

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.response import BoltResponse

    from bot.app.webhooks import Webhooks

LARGEST = 2**20  # bytes of a request; Slack's are some kilobytes
SLACK = "/slack/events"
OK = 200
STOPS_WITHIN = 2.0  # seconds for requests under way: an ack may wait a second for fisk's memory
LINGERING = 2.0  # seconds in which the rest of a body is taken that nobody reads

log = logger()

Check = Callable[[], Awaitable[dict[str, bool]]]


async def _alive(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def public_site(
    app: AsyncApp | None = None, signing_secret: str = "", webhooks: Webhooks | None = None
) -> web.Application:
    """`/healthz` (liveness); Slack's endpoint if `app` is given, GitHub's if `webhooks` is."""
    site = web.Application()
    site.router.add_get("/healthz", _alive)
    if app is not None:
        site.router.add_post(SLACK, _slack(app, signing_secret))
    if webhooks is not None:
        webhooks.install(site)
    return site


def inner_site(check: Check, metrics: Callable[[], Awaitable[bytes]]) -> web.Application:
    """What only whoever runs fisk may see: `/readyz` (each dependency) and `/metrics`."""
    site = web.Application()

    async def ready(_request: web.Request) -> web.Response:
        parts = await check()
        return web.json_response(parts, status=200 if all(parts.values()) else 503)

    async def count(_request: web.Request) -> web.Response:
        return web.Response(body=await metrics(), content_type="text/plain")

    site.add_routes([web.get("/healthz", _alive), web.get("/readyz", ready), web.get("/metrics", count)])
    return site


def _slack(app: AsyncApp, secret: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    verifier, bodies = SignatureVerifier(secret), Bodies(LARGEST)

    async def receive(request: web.Request) -> web.Response:
        try:
            asked = _believed(verifier, request, await bodies.read(request))
            answer = await _dispatched(app, asked)
        except Refused as refused:
            log.warning("a request to Slack's endpoint was refused", outcome=refused.outcome)
            return web.Response(status=refused.status, text=str(refused))
        if answer.status == OK and not answer.body:
            return web.Response()  # a bare ack must be fast, and Bolt's conversion copies headers
        return await to_aiohttp_response(answer)

    return receive


def _believed(verifier: SignatureVerifier, request: web.Request, body: bytes) -> AsyncBoltRequest:
    """Slack's request. Nothing of a body is read before its signature is known to fit. Raises Refused."""
    try:
        stamp, signature = (
            request.headers.get(f"X-Slack-{name}") for name in ("Request-Timestamp", "Signature")
        )
        signed = verifier.is_valid(body, stamp, signature)
    except (ValueError, TypeError):  # by a time that is no number, or what is not in ASCII or UTF-8
        signed = False
    if not signed:
        raise Refused(HTTPStatus.UNAUTHORIZED, "forged", "the signature does not fit")
    try:
        return AsyncBoltRequest(
            body=body.decode(),
            query=request.query_string,
            headers=request.headers,  # type: ignore[arg-type]
        )
    except Exception:  # noqa: BLE001 (Bolt expects the fields that Slack sends, and meets others by any error)
        raise _malformed() from None


async def _dispatched(app: AsyncApp, asked: AsyncBoltRequest) -> BoltResponse:
    """What Bolt answers; what a listener raises, it has heard of. Raises Refused."""
    try:
        return await app.async_dispatch(asked)
    except Exception:  # noqa: BLE001 (likewise)
        raise _malformed() from None


def _malformed() -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, "malformed", "not what Slack sends")


class _Discreet(logging.Filter):
    """Logs only the type of an HTTP parse error: its text quotes the request, perhaps with a body."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0] if record.exc_info else None
        if kind and issubclass(kind, HttpProcessingError):
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.msg, record.args, record.exc_info = "a request is no HTTP (%s)", (kind.__name__,), None
        return record.levelno > logging.DEBUG


def _logger() -> logging.Logger:
    logger = logging.getLogger("fisk.http")
    if not logger.filters:
        logger.addFilter(_Discreet())
        logger.setLevel(logging.DEBUG)  # by which aiohttp logs some requests that are no HTTP
    return logger


class Server:
    """Binds the address that `setting` names and serves a site on it until `stop`."""

    def __init__(
        self,
        site: web.Application,
        address: tuple[str, int],
        *,
        setting: str = "FISK_BIND",
        connections: Connections | None = None,
    ) -> None:
        self._connections = Connections() if connections is None else connections
        site.middlewares.append(self._connections.middleware)
        self._runner = web.AppRunner(
            site,
            access_log=None,
            shutdown_timeout=STOPS_WITHIN,
            lingering_time=LINGERING,
            auto_decompress=False,  # what is signed is the body as it was sent
            logger=_logger(),
        )
        self._address = address
        self._setting = setting
        self._listening: asyncio.Server | None = None

    async def start(self) -> None:
        """Raises errors.BadSettings where the address cannot be bound."""
        await self._runner.setup()
        host, port = self._address
        try:
            self._listening = await asyncio.get_running_loop().create_server(self._connection, host, port)
        except OSError as error:
            why = (error.strerror or type(error).__name__).rpartition(": ")[2]
            raise errors.BadSettings(why=f"{self._setting}: {host}:{port} cannot be bound: {why}") from None

    def _connection(self) -> Connection:
        assert self._runner.server is not None  # noqa: S101 (it is set up before anybody connects)
        return Connection(self._runner.server(), self._connections)

    async def stop(self) -> None:
        if self._listening is not None:
            self._listening.close()
        await self._runner.cleanup()
