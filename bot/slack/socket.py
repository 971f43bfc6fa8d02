"""Socket Mode: two connections, so that one stays open while the other is renewed, and a watchdog.

The SDK closes the old socket before it dials the new one, and retries a stale ticket for ever after a failed
dial.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler

from deploy.core.log import logger

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

CONNECTIONS = 2
LOOK_EVERY = 2.0  # seconds
PING_EVERY = 2.0  # seconds; a dropped transport is noticed after about four of them
SILENT_LOOKS = 2  # checks in a row without a connection until its ticket counts as stale

log = logger()


class Sockets:
    """The connections to Slack of one AsyncApp."""

    def __init__(self, app: AsyncApp, app_token: str, *, look_every: float = LOOK_EVERY) -> None:
        self._handlers = [
            AsyncSocketModeHandler(app, app_token, ping_interval=PING_EVERY) for _ in range(CONNECTIONS)
        ]
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
        """Close the connections. Acks in flight are lost, so drain the tasks first."""
        for handler in self._handlers:
            await handler.close_async()  # type: ignore[no-untyped-call]
