"""The rival: Bolt for Python in its best mode, with a listener that only acknowledges.

`python -m bench.bare_bolt`, with fisk's settings: over HTTP if there is a signing secret, else in Socket
Mode. With BENCH_KEEPS it first adds each command to a stream of fisk's memory.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

KEEPS = "BENCH_KEEPS"


def build() -> AsyncApp:
    keep = _keeping() if KEEPS in os.environ else _nothing
    app = AsyncApp(
        client=AsyncWebClient(os.environ["FISK_SLACK_BOT_TOKEN"], base_url=os.environ["FISK_SLACK_API_URL"]),
        signing_secret=os.environ.get("FISK_SLACK_SIGNING_SECRET", "unused"),
        process_before_response=True,
    )

    @app.command("/fisk")
    async def acknowledge(ack: AsyncAck, body: dict[str, Any]) -> None:
        await keep(body)
        await ack()

    return app


async def _nothing(_body: dict[str, Any]) -> None:
    pass


def _keeping() -> Callable[[dict[str, Any]], Awaitable[None]]:
    from redis.asyncio import Redis  # noqa: PLC0415 (for this way only)

    redis = Redis.from_url(os.environ["FISK_REDIS_URL"])

    async def keep(body: dict[str, Any]) -> None:
        await redis.xadd("bench", {"command": json.dumps(body)}, maxlen=1000)

    return keep


async def over_http(app: AsyncApp) -> None:
    from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request  # noqa: PLC0415 (for this way only)

    async def receive(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    site = web.Application()
    site.router.add_post("/slack/events", receive)
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    host, _, port = os.environ["FISK_BIND"].partition(":")
    await web.TCPSite(runner, host, int(port)).start()
    await asyncio.Event().wait()


async def over_a_socket(app: AsyncApp) -> None:
    from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler  # noqa: PLC0415 (likewise)

    await AsyncSocketModeHandler(app, os.environ["FISK_SLACK_APP_TOKEN"]).start_async()  # type: ignore[no-untyped-call]


async def main() -> None:
    serve = over_http if "FISK_SLACK_SIGNING_SECRET" in os.environ else over_a_socket
    await serve(build())


if __name__ == "__main__":
    asyncio.run(main())
