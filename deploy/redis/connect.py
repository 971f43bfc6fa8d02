"""The connection to Redis or Valkey: two clients, the naming of keys, and the mapping of errors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import ConstantBackoff, NoBackoff

from deploy.core import errors
from deploy.core.seal import Seal
from deploy.redis import address as addresses, embedded
from deploy.redis.chain import Chain
from deploy.redis.scripts import script
from deploy.redis.unavailable import ROOTS, unavailable

if TYPE_CHECKING:
    from deploy.core.signing import Signer
    from deploy.redis.address import Address

ANSWER_WITHIN = 1.0  # seconds; redis-py's own default is 5 s, ten times over
START_WITHIN = 5.0  # seconds for the first answer, however many sentinels are down
LONGEST_BLOCK = 10.0  # longest timeout of a blocking read, in seconds
RETRIES = 1
MOST_CONNECTIONS = 1000  # one for each concurrent command; redis-py's default limit is 100
RETRY_PAUSE = 0.05
DEEDS_KEPT, REFUSALS_KEPT = 50_000, 5000  # entries of the record; an operation makes two
REPLICAS_WITHIN = 500  # milliseconds for WAIT

NO_SEAL = Seal()


class State:
    """An open connection to the store. Every key is `{namespace}:…`: one hash tag, one slot.

    `deeds` and `refusals` are the record's chains, shared by all that write to it here.
    """

    def __init__(
        self,
        redis: Redis,
        blocking: Redis,
        *,
        shown: str,
        namespace: str = "fisk",
        replicas: int = 0,
        server: embedded.Server | None = None,
        signer: Signer,
    ) -> None:
        self.redis = redis
        self.blocking = blocking
        self.shown = shown
        self.namespace = namespace
        self.replicas = replicas
        self.signer = signer
        self._prefix = f"{{{namespace}}}:"
        self._server = server
        self.deeds, self.refusals = Chain(self, "audit", DEEDS_KEPT), Chain(self, "refusals", REFUSALS_KEPT)

    def key(self, name: str) -> str:
        return self._prefix + name

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Turn every error of a command into errors.StateUnavailable."""
        try:
            yield
        except ROOTS as error:
            raise unavailable(error, self.shown) from error

    async def ask(self, *command: Any) -> Any:
        """Run one command; the answer is as redis-py returns it. Raises errors.StateUnavailable."""
        with self.answering():
            return await self.redis.execute_command(*command)  # type: ignore[no-untyped-call]

    async def wait(self, *command: Any) -> Any:
        """Run a blocking command with a timeout of at most LONGEST_BLOCK seconds."""
        with self.answering():
            return await self.blocking.execute_command(*command)  # type: ignore[no-untyped-call]

    async def run(self, name: str, keys: Sequence[str], *args: Any) -> Any:
        """Run lua/NAME.lua with its keys. Raises errors.StateUnavailable."""
        lua = script(name)
        with self.answering():
            try:
                return await self.redis.evalsha(lua.sha, len(keys), *keys, *args)
            except exceptions.NoScriptError:
                return await self.redis.eval(lua.text, len(keys), *keys, *args)

    async def run_replicated(self, name: str, keys: Sequence[str], *args: Any) -> tuple[Any, int]:
        """Run it and WAIT for replicas: the answer, and how many replicas acknowledged it in time.

        WAIT covers the writes of its own connection only, so both are in one pipeline.
        """
        lua = script(name)
        with self.answering():
            async with self.redis.pipeline(transaction=False) as pipe:
                pipe.execute_command("EVAL", lua.text, len(keys), *keys, *args)
                pipe.execute_command("WAIT", self.replicas, REPLICAS_WITHIN)
                answer, found = await pipe.execute()
        return answer, int(found)

    async def hashes(self, keys: Sequence[str]) -> list[dict[str, str]]:
        """Several hashes in one round trip."""
        with self.answering():
            async with self.redis.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.execute_command("HGETALL", key)
                return list(await pipe.execute())

    async def ping(self) -> None:
        await self.ask("PING")

    async def now(self) -> float:
        """The server's clock, in seconds since the epoch."""
        seconds, micros = await self.ask("TIME")
        return float(seconds) + float(micros) / 1e6

    async def about(self) -> Mapping[str, Any]:
        """The server's INFO. Raises errors.StateUnavailable."""
        told: Mapping[str, Any] = await self.ask("INFO")
        return told

    async def replid(self) -> str:
        """The master's replication id; when it changes, a failover may have lost writes.

        Empty where the server does not tell.
        """
        return str((await self.ask("INFO", "replication")).get("master_replid", ""))

    async def revive(self) -> None:
        """Restart the embedded server where it died; does nothing for a server by URL."""
        if self._server is not None:
            await asyncio.to_thread(self._server.ensure)

    async def aclose(self) -> None:
        """Close both clients; the last user of the embedded server stops it."""
        await close(self.redis)
        await close(self.blocking)
        if self._server is not None:
            await asyncio.to_thread(self._server.leave)


async def connect(
    url: str, folder: Path, *, namespace: str = "fisk", replicas: int = 0, seal: Seal = NO_SEAL
) -> State:
    """Open the Redis or Valkey at `url`; without one, the embedded Valkey with its data under `folder`.

    `replicas`: how many replicas must acknowledge an operation's locks before it begins. `seal`: the key that signs
    what is stored; without one nothing signed can be written or read.

    Raises:
        errors.BadSettings: the URL is invalid.
        errors.OtherKey: what is stored there was signed with another key.
        errors.StateUnavailable: no answer within START_WITHIN, or access is refused.
    """
    server = None
    if not url:
        server = embedded.Server(folder)
        await asyncio.to_thread(server.join)
        url = f"unix://{server.socket}"
    address = addresses.parse(url)
    state = State(
        client(address, ANSWER_WITHIN),
        client(address, LONGEST_BLOCK + ANSWER_WITHIN),
        shown=address.shown,
        namespace=namespace,
        replicas=replicas,
        server=server,
        signer=seal.signer(namespace),
    )
    try:
        with state.answering():
            async with asyncio.timeout(START_WITHIN):
                await (check_key(state, seal) if seal.ready else state.ping())
    except BaseException:
        await state.aclose()
        raise
    return state


async def check_key(state: State, seal: Seal) -> None:
    """Compare the key with the one that this installation has; the first one that comes is the installation's.

    Raises:
        errors.OtherKey: it is another one.
        errors.StateUnavailable: no answer.
    """
    key, (mine, *others) = state.key("key"), seal.proofs(state.namespace)
    stored = await state.ask("GET", key)  # first, since a full memory takes no SET
    if stored is None:
        await state.ask("SET", key, mine, "NX")
        stored = await state.ask("GET", key)
    if stored in others:
        await state.ask("SET", key, mine)
    elif stored != mine:
        raise errors.OtherKey(where=state.shown)


def client(address: Address, within: float) -> Redis:
    """A client with a timeout of `within` seconds for each answer; it connects at its first command."""
    options: dict[str, Any] = {
        "decode_responses": True,
        "max_connections": MOST_CONNECTIONS,
        "protocol": 2,
        "socket_timeout": within,
        "socket_connect_timeout": ANSWER_WITHIN,
        "retry": Retry(ConstantBackoff(RETRY_PAUSE), RETRIES),
    }
    if address.url.startswith("unix:"):
        del options["socket_connect_timeout"]
    if address.url:
        return Redis.from_url(address.url, **options)
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        address.sentinels,
        sentinel_kwargs=address.sentinel_options | _asking_sentinels(),
        **address.options | options,
    )
    master: Redis = sentinel.master_for(address.service)
    return master


def _asking_sentinels() -> dict[str, Any]:
    """Sentinels without retries: the master's connection has them, and redis-py would add ten more."""
    return {
        "socket_timeout": ANSWER_WITHIN,
        "socket_connect_timeout": ANSWER_WITHIN,
        "retry": Retry(NoBackoff(), 0),
    }


async def close(client: Redis) -> None:
    """Close its connections, and those to the sentinels, which redis-py leaves open."""
    await client.aclose()
    pool = client.connection_pool
    if isinstance(pool, SentinelConnectionPool):
        await pool.sentinel_manager.aclose()
