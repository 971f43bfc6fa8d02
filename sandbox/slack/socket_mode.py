"""Socket Mode: tickets, connections, envelopes and their acks."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import WSCloseCode, WSMsgType, web

from sandbox.slack.cast import APP
from sandbox.slack.errors import SlackError
from sandbox.slack.receipt import ACK_WITHIN, NOT_DELIVERED, TIMED_OUT, Receipt, Retry

if TYPE_CHECKING:
    from sandbox.slack.message import Json

MOST_CONNECTIONS = 10
HEARTBEAT = 10.0


@dataclass
class Connection:
    """One WebSocket; `leaving` after Slack's `disconnect` message."""

    socket: web.WebSocketResponse
    request: web.Request
    leaving: bool = False


class SocketMode:
    """The app's connections. Payloads are distributed round-robin."""

    def __init__(self, base: Callable[[], str]) -> None:
        self._base = base
        self._tickets: set[str] = set()
        self._connections: list[Connection] = []
        self._acks: dict[str, asyncio.Future[Json | None]] = {}
        self._turn = 0
        self.refusing = False
        self.disabled = False
        self.ack_within = ACK_WITHIN
        self.opened = 0
        self.delivered: list[tuple[int, Json]] = []

    def install(self, app: web.Application) -> None:
        app.router.add_get("/link/", self.connect)
        app.on_shutdown.append(self._shut)

    @property
    def connections(self) -> int:
        """The number of connections that take payloads now."""
        return len(self._staying())

    def _staying(self) -> list[Connection]:
        return [connection for connection in self._connections if not connection.leaving]

    def ticket(self) -> str:
        """A single-use WebSocket URL; a refused connection uses it up, too."""
        if self.disabled:
            raise SlackError("not_allowed_token_type")
        ticket = str(uuid.uuid4())
        self._tickets.add(ticket)
        return f"{self._base().replace('http', 'ws', 1)}link/?ticket={ticket}&app_id={APP}"

    async def connect(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        is_fresh = ticket in self._tickets
        self._tickets.discard(ticket)
        if self.refusing or not is_fresh:
            return web.Response(status=403, text="this ticket is stale")
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT)
        await socket.prepare(request)
        connection = Connection(socket, request)
        self._connections.append(connection)
        self.opened += 1
        try:
            await self._converse(connection)
        finally:
            self._connections.remove(connection)
        return socket

    async def _converse(self, connection: Connection) -> None:
        if len(self._connections) > MOST_CONNECTIONS:
            connection.leaving = True
            await connection.socket.send_json(_farewell("too_many_websockets"))
            return
        await connection.socket.send_json(_hello(self.connections))
        async for message in connection.socket:
            if message.type is WSMsgType.TEXT:
                self._acknowledged(message.data)

    def _acknowledged(self, data: str) -> None:
        ack = json.loads(data)
        waiting = self._acks.get(ack.get("envelope_id", ""))
        if waiting is not None and not waiting.done():
            waiting.set_result(ack.get("payload"))

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Receipt:
        """Send an envelope of a kind (`slash_commands`, `events_api`, `interactive`) and wait for its ack."""
        staying = self._staying()
        if not staying:
            return Receipt(NOT_DELIVERED, payload=payload)
        self._turn += 1
        turn = self._turn % len(staying)
        self.delivered.append((turn, payload))
        try:
            return await self._awaiting_ack(staying[turn], _envelope(kind, payload, retry))
        except ConnectionError:
            staying[turn].leaving = True
            return await self.deliver(kind, payload, retry)

    async def _awaiting_ack(self, connection: Connection, envelope: Json) -> Receipt:
        waiting: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self._acks[envelope["envelope_id"]] = waiting
        try:
            await connection.socket.send_json(envelope)
            body = await asyncio.wait_for(waiting, self.ack_within)
        except TimeoutError:
            return Receipt(TIMED_OUT, payload=envelope["payload"])
        finally:
            del self._acks[envelope["envelope_id"]]
        return Receipt(body=body or None, payload=envelope["payload"])

    # disconnects

    async def warn(self, reason: str = "refresh_requested") -> None:
        """Send `disconnect` on every connection; no payload follows on it.

        `refresh_requested` and `warning` ask for a new connection; `link_disabled` means that Socket Mode
        was switched off, and no ticket is given until `disabled` is unset.
        """
        self.disabled = self.disabled or reason == "link_disabled"
        for connection in self._staying():
            connection.leaving = True
            await connection.socket.send_json(_farewell(reason))

    async def close(self) -> None:
        """Close every connection with a closing handshake."""
        for connection in list(self._connections):
            await connection.socket.close(code=WSCloseCode.GOING_AWAY)

    def drop(self, most: int = MOST_CONNECTIONS) -> None:
        """Drop at most `most` of the oldest connections, without a closing handshake."""
        for connection in self._connections[:most]:
            if connection.request.transport is not None:
                connection.request.transport.abort()

    async def _shut(self, _app: web.Application) -> None:
        await self.close()


def _hello(connections: int) -> Json:
    debug = {"host": "applink-sandbox", "build_number": 1, "approximate_connection_time": 18060}
    return {
        "type": "hello",
        "num_connections": connections,
        "debug_info": debug,
        "connection_info": {"app_id": APP},
    }


def _farewell(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-sandbox"}}


def _envelope(kind: str, payload: Json, retry: Retry | None) -> Json:
    envelope = {
        "envelope_id": str(uuid.uuid4()),
        "type": kind,
        "payload": payload,
        "accepts_response_payload": kind != "events_api",
    }
    if kind == "events_api":
        envelope["retry_attempt"] = retry.number if retry else 0
        envelope["retry_reason"] = retry.reason.removeprefix("http_") if retry else ""
    return envelope
