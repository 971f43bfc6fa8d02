"""Which writes count where Redis has replicas: those that every server has that could take over.

WAIT alone is no consensus: it counts acknowledgements, also of a replica that will follow another master in a moment.
So a write counts once each replica that could be made master has it, and most sentinels still name the server that
took it. Where there are no sentinels, each replica that this process has ever seen must have it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from redis.exceptions import NoScriptError

from deploy.core.values import dataclass

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.connection import Connection

    from deploy.redis.scripts import Script
    from deploy.redis.sentinels import MajorityPool, Sentinels

LOOK_EVERY = 1.0  # seconds; the view of the servers is never older
REPLICAS_WITHIN = 500  # milliseconds for WAIT

Command = Sequence[Any]


@dataclass(frozen=True, slots=True)
class View:
    """The servers at one moment.

    Attributes:
        replid: the master's replication id; when it changes, a failover may have lost writes.
        wanted: how many replicas must have a write before it counts.
        could: how many could take over.
        online: how many follow the master.
        alone: whether a write counts as soon as the server has taken it.
    """

    replid: str
    wanted: int
    could: int
    online: int
    alone: bool


class Missing(Exception):
    """A write does not count: `found` of `wanted` replicas have it, or its server is master no more.

    `written`: whether it was tried, so that it may last all the same.
    """

    def __init__(self, found: int, wanted: int, *, written: bool) -> None:
        self.found, self.wanted, self.written = found, wanted, written
        super().__init__(f"{found} of {wanted}")


class Servers:
    """The master, its replicas and the sentinels. Every method may raise redis-py's errors.

    `replicas`: how many of them must have a write, where the settings say so; None: as many as are there.
    """

    def __init__(
        self, redis: Redis, blocking: Redis, sentinels: Sentinels | None, replicas: int | None
    ) -> None:
        self._redis = redis
        self._clients = (redis, blocking)
        self._sentinels = sentinels
        self._replicas = replicas
        self._most = 0
        self._view: View | None = None
        self._looked = 0.0
        self._turn = asyncio.Lock()

    async def view(self) -> View:
        """The servers as they were less than LOOK_EVERY seconds ago."""
        async with self._turn:  # one look serves all that wait for it
            if self._view is None or time.monotonic() - self._looked > LOOK_EVERY:
                return await self.look()
            return self._view

    async def look(self) -> View:
        """Ask the sentinels and the master anew; from here on all connections are to the master that they name."""
        self._view, asked = None, time.monotonic()
        promotable = await self._follow_sentinels()
        told = await self._redis.execute_command("INFO", "replication")  # type: ignore[no-untyped-call]
        following = following_it(told)
        could = self._could(promotable, following)
        wanted = could if self._replicas is None else self._replicas
        alone, replid = wanted == 0 and self._sentinels is None, str(told.get("master_replid", ""))
        self._looked, self._view = asked, View(replid, wanted, could, following, alone)
        return self._view

    async def aclose(self) -> None:
        """Close the connections to the sentinels, which redis-py leaves open."""
        if self._sentinels is not None:
            await self._sentinels.aclose()

    async def _follow_sentinels(self) -> int:
        """How many replicas the sentinels could make master."""
        if self._sentinels is None:
            return 0
        master, promotable = await self._sentinels.promotable()
        for client in self._clients:
            await cast("MajorityPool", client.connection_pool).move(master)
        return len(promotable)

    def _could(self, promotable: int, online: int) -> int:
        """The sentinels make none master that they take for down, or do not know, though the master may still count it.

        Without them, a replica that is gone may be about to be made master by somebody else.
        """
        if self._sentinels is not None:
            return promotable
        self._most = max(self._most, online)
        return self._most

    async def run(self, lua: Script, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """Run a script whose write counts. Raises Missing where it does not."""
        rest = (len(keys), *keys, *args)
        try:
            return await self._counted("EVALSHA", lua.sha, *rest)
        except NoScriptError:
            return await self._counted("EVAL", lua.text, *rest)

    async def confirm(self, key: str) -> None:
        """Return once everything counts that this server has taken so far. Raises Missing.

        WAIT covers what its own connection has written, and replicas take all writes in order; so this writes to `key`.
        """
        await self._counted("SET", key, "")

    async def _counted(self, *command: Any) -> Any:
        """Whatever goes wrong, the servers are looked at before the next write."""
        view = await self.view()
        try:
            answer, found, told, connection = await self._send(command, view)
            await self._insist_on(view, found, told, connection)
        except NoScriptError:
            raise
        except BaseException:
            self._view = None
            raise
        return answer

    async def _insist_on(
        self, view: View, found: int, told: Mapping[str, Any], connection: Connection
    ) -> None:
        still = told["role"] == "master" and told.get("master_replid", "") == view.replid
        if found < view.wanted or not still or not await self._is_master(connection):
            raise Missing(found, view.wanted, written=True)

    async def _send(self, command: Command, view: View) -> tuple[Any, int, Mapping[str, Any], Connection]:
        """The answer, how many replicas have it, what the server says of itself then, and its connection."""
        if view.online < view.wanted:
            raise Missing(view.online, view.wanted, written=False)
        async with self._redis.pipeline(transaction=False) as pipe:
            connection = await self._redis.connection_pool.get_connection()  # type: ignore[no-untyped-call]
            pipe.connection = connection
            pipe.execute_command(*command)
            pipe.execute_command("WAIT", view.wanted, REPLICAS_WITHIN)
            pipe.execute_command("INFO", "replication")
            answer, found, told = await pipe.execute(raise_on_error=False)
        for each in (answer, told):
            if isinstance(each, Exception):
                raise each
        # WAIT answers an error where the server was made a replica meanwhile
        return answer, found if isinstance(found, int) else 0, told, connection

    async def _is_master(self, connection: Connection) -> bool:
        """Whether most sentinels name this connection's server now."""
        if self._sentinels is None:
            return True
        return await self._sentinels.master() == (connection.host, connection.port)


def following_it(told: Mapping[str, Any]) -> int:
    """How many replicas follow the master, by its INFO."""
    replicas = (value for name, value in told.items() if name.startswith("slave") and isinstance(value, dict))
    return sum(replica.get("state") == "online" for replica in replicas)
