"""fisk's HTTP server: health, readiness and metrics, GitHub's webhooks, and Slack's requests in HTTP mode."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request

from deploy.core import errors

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from bot.app.metrics import Metrics
    from bot.app.webhooks import Webhooks

LARGEST = 2**20  # bytes of a request; Slack's are some kilobytes
SLACK = "/slack/events"
OK = 200

Check = Callable[[], Awaitable[dict[str, bool]]]


def site(
    check: Check, metrics: Metrics, app: AsyncApp | None = None, webhooks: Webhooks | None = None
) -> web.Application:
    """`/healthz` (liveness), `/readyz` (each dependency), `/metrics`; Slack's endpoint if `app` is given,
    GitHub's if `webhooks` is.
    """
    site = web.Application(client_max_size=LARGEST)

    async def alive(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def ready(_request: web.Request) -> web.Response:
        parts = await check()
        return web.json_response(parts, status=200 if all(parts.values()) else 503)

    async def count(_request: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), content_type="text/plain")

    site.add_routes([web.get("/healthz", alive), web.get("/readyz", ready), web.get("/metrics", count)])
    if app is not None:
        site.router.add_post(SLACK, _slack(app))
    if webhooks is not None:
        webhooks.install(site)
    return site


def _slack(app: AsyncApp) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def receive(request: web.Request) -> web.Response:
        answer = await app.async_dispatch(await to_bolt_request(request))
        if answer.status == OK and not answer.body:
            return web.Response()  # a bare ack must be fast, and Bolt's conversion copies headers
        return await to_aiohttp_response(answer)

    return receive


class _Discreet(logging.Filter):
    """Logs only the type of an HTTP parse error: its text quotes the request, perhaps with a body."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0] if record.exc_info else None
        if kind and issubclass(kind, HttpProcessingError):
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.msg, record.args, record.exc_info = "a request is no HTTP (%s)", (kind.__name__,), None
        return True


def _logger() -> logging.Logger:
    logger = logging.getLogger("fisk.http")
    if not logger.filters:
        logger.addFilter(_Discreet())
    return logger


class Server:
    """Binds an address and serves a site on it until `stop`."""

    def __init__(self, site: web.Application, address: tuple[str, int]) -> None:
        self._runner = web.AppRunner(site, access_log=None, shutdown_timeout=1, logger=_logger())
        self._address = address

    async def start(self) -> None:
        """Raises errors.BadSettings where the address cannot be bound."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, *self._address).start()
        except OSError as error:
            host, port = self._address
            why = (error.strerror or type(error).__name__).rpartition(": ")[2]
            raise errors.BadSettings(why=f"FISK_BIND: {host}:{port} cannot be bound: {why}") from None

    async def stop(self) -> None:
        await self._runner.cleanup()
