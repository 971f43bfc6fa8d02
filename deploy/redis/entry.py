"""The way in: whether the server is one that fisk can use, and why there was no way in."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from deploy.core import errors
from deploy.redis import tls
from deploy.redis.address import PORT

if TYPE_CHECKING:
    from deploy.redis.address import Address
    from deploy.redis.connect import State

EXPLAINED_WITHIN = 1.0  # seconds
ALONE = 1  # nodes of a cluster
Kind = type[errors.MemoryClosed]


async def admitted(state: State) -> None:
    """Check that the user has every right that fisk needs, and that all keys are on this server.

    Raises:
        errors.MemoryForbids, errors.MemoryIsCluster: it is not so.
        errors.StateUnavailable: no answer.
    """
    told = await state.ask("INFO", "cluster")
    if told.get("cluster_enabled") and await _nodes(state) > ALONE:
        raise errors.MemoryIsCluster(where=state.shown)
    await state.ask("WAIT", 0, 1)  # not allowed in a script
    if forbidden := await state.run("forbidden", [state.key("tried")]):
        raise errors.MemoryForbids(where=state.shown, what=", ".join(forbidden))


async def _nodes(state: State) -> int:
    """How many nodes the cluster has. All keys are in one slot, so a cluster of one node has them all."""
    told = str(await state.ask("CLUSTER", "INFO"))
    return int(dict(line.split(":") for line in told.split())["cluster_known_nodes"])


async def explained(address: Address, lost: errors.StateUnavailable) -> errors.StateUnavailable:
    """The error itself, or what a look at a server by TCP tells where the connection broke without a reason."""
    if type(lost) is not errors.StateUnavailable or not address.url.startswith("redis"):
        return lost
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(EXPLAINED_WITHIN):
            kind = await (_over_tls(address) if address.tls else _plainly(address))
            return kind(where=address.shown) if kind else lost
    return lost


async def _over_tls(address: Address) -> Kind | None:
    """Why a server does not speak TLS with fisk: it may know none, or want a certificate of fisk's."""
    if await _answers_plainly(address):
        return errors.MemoryWithoutTls
    return await _alert(address, tls.context(address.options))


async def _answers_plainly(address: Address) -> bool:
    async with _line(address, None) as (reader, writer):
        writer.write(b"PING\r\n")
        with suppress(ConnectionError):  # a server with TLS hangs up
            return await reader.read(1) in {b"+", b"-"}
    return False


async def _plainly(address: Address) -> Kind | None:
    """Why a server does not speak without TLS: it may want TLS, with or without a certificate of fisk's."""
    indifferent = ssl.create_default_context()
    indifferent.check_hostname, indifferent.verify_mode = False, ssl.CERT_NONE
    try:
        async with _line(address, indifferent):
            return errors.MemoryWantsTls
    except ssl.SSLError as error:
        return errors.MemoryWantsTls if tls.refused(error) else None


async def _alert(address: Address, context: ssl.SSLContext) -> Kind | None:
    """What the server says after the handshake to whoever waits: to whom has written already, it may say nothing."""
    try:
        async with _line(address, context) as (reader, _):
            await reader.read(1)
    except ssl.SSLError as error:
        return tls.refused(error)
    return None


@asynccontextmanager
async def _line(
    address: Address, context: ssl.SSLContext | None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    parts = urlsplit(address.url)
    reader, writer = await asyncio.open_connection(
        parts.hostname or "localhost", parts.port or PORT, ssl=context
    )
    try:
        yield reader, writer
    finally:
        writer.close()
