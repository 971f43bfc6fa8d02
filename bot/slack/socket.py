"""Socket Mode: two connections, so that one stays open while the other is renewed, and a watchdog.

The SDK closes the old socket before it dials the new one, and retries a stale ticket for ever after a failed
dial.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler

from deploy.core.log import logger

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.socket_mode.aiohttp import SocketModeClient
    from slack_sdk.socket_mode.request import SocketModeRequest

CONNECTIONS = 2
LOOK_EVERY = 2.0  # seconds
PING_EVERY = 2.0  # seconds; a dropped transport is noticed after about four of them
LONGEST_ACK = 3.0  # seconds after which Slack waits for none
LOOK_FOR_ACKS = 0.01  # seconds between two looks whether all is acknowledged
QUIET_LOOKS = 3  # in a row: a frame takes some turns of the event loop from the socket to `handle`
SILENT_LOOKS = 2  # checks in a row without a connection until its ticket counts as stale

log = logger()


class Sockets:
    """The connections to Slack of one AsyncApp."""

    def __init__(self, app: AsyncApp, app_token: str, *, look_every: float = LOOK_EVERY) -> None:
        self._handlers = [_Handler(app, app_token, ping_interval=PING_EVERY) for _ in range(CONNECTIONS)]
        self._look_every = look_every
        self._silent = [0] * CONNECTIONS

    async def connected(self) -> bool:
        """Whether a connection is open now."""
        return any([await handler.client.is_connected() for handler in self._handlers])

    async def work(self) -> None:
        """Connect, and reconnect until cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._dial())
            both.create_task(self._watch())

    async def _dial(self) -> None:
        """Connect one after the other: the first makes fisk reachable, the second covers its renewal."""
        for handler in self._handlers:
            await handler.client.connect()  # type: ignore[no-untyped-call]

    async def _watch(self) -> None:
        """Clear the ticket of a connection that does not come up, so that it fetches a new one."""
        while True:
            await asyncio.sleep(self._look_every)
            for place, handler in enumerate(self._handlers):
                self._silent[place] = 0 if await handler.client.is_connected() else self._silent[place] + 1
                if self._silent[place] >= SILENT_LOOKS:
                    log.warning("no connection to Slack", connection=place, looks=self._silent[place])
                    handler.client.wss_uri = None

    async def close(self) -> None:
        """Close the connections once what they have received is acknowledged, which takes little more than a second.

        What Slack sends while the close is on its way to it cannot be acknowledged: Slack tells whoever typed it so.
        """
        for handler in self._handlers:
            await handler.quiet()
            await handler.close_async()  # type: ignore[no-untyped-call]


class _Handler(AsyncSocketModeHandler):
    """A connection that knows what is not acknowledged yet."""

    _open = 0

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        self._open += 1
        try:
            await super().handle(client, req)
        finally:
            self._open -= 1

    async def quiet(self) -> None:
        """Wait until all is acknowledged that has arrived, for at most LONGEST_ACK."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_ACK):
                looks = 0
                while looks < QUIET_LOOKS:
                    await asyncio.sleep(LOOK_FOR_ACKS)
                    looks = 0 if self._busy else looks + 1

    @property
    def _busy(self) -> bool:
        return self._open > 0 or not self.client.message_queue.empty()
