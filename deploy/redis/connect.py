"""The connection to Redis or Valkey: two clients, the naming of keys, and the mapping of errors."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import ConstantBackoff, NoBackoff

from deploy.core import errors
from deploy.core.counts import Counts
from deploy.core.seal import Seal
from deploy.redis import address as addresses, embedded, tls
from deploy.redis.chain import Chain
from deploy.redis.entry import admitted, explained
from deploy.redis.epoch import Epoch
from deploy.redis.scripts import script
from deploy.redis.sentinels import Sentinels
from deploy.redis.servers import Missing, Servers, View
from deploy.redis.unavailable import ROOTS, is_lost, unavailable

if TYPE_CHECKING:
    from deploy.core.signing import Signer
    from deploy.redis.address import Address

ANSWER_WITHIN = 1.0  # seconds; redis-py's own default is 5 s, ten times over
START_WITHIN = 5.0  # seconds for the first answer, however many sentinels are down
LONGEST_BLOCK = 10.0  # longest timeout of a blocking read, in seconds
RETRIES = 1
LONG_AGO = 60.0  # seconds; what was written before that is on all servers, or was lost with them
MOST_CONNECTIONS = 1000  # one for each concurrent command; redis-py's default limit is 100
RETRY_PAUSE = 0.05
DEEDS_KEPT, REFUSALS_KEPT = 50_000, 5000  # entries of the record; an operation makes two

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
        servers: Servers,
        folder: Path,
        server: embedded.Server | None = None,
        signer: Signer,
    ) -> None:
        self.redis = redis
        self.blocking = blocking
        self.shown = shown
        self.namespace = namespace
        self.servers = servers
        self.epoch = Epoch(self, folder)
        self.signer = signer
        self.counts = Counts()
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
        except (*ROOTS, RuntimeError) as error:
            if isinstance(error, RuntimeError) and not is_lost(error):
                raise
            raise self._counted(unavailable(error, self.shown)) from error
        except Missing as error:
            kind = errors.Unconfirmed if error.written else errors.ReplicasMissing
            missing = kind(where=self.shown, found=error.found, wanted=error.wanted)
            raise self._counted(missing) from None

    def _counted(self, error: errors.FiskError) -> errors.FiskError:
        self.counts.memory_failed(error.code)
        return error

    async def ask(self, *command: Any) -> Any:
        """Run one command; the answer is as redis-py returns it. Raises errors.StateUnavailable."""
        with self.answering():
            return await self.redis.execute_command(*command)  # type: ignore[no-untyped-call]

    async def wait(self, seconds: float, *command: Any) -> Any:
        """Run a command that blocks for at most so many seconds. Raises errors.StateUnavailable."""
        with self.answering():
            async with asyncio.timeout(seconds + ANSWER_WITHIN):  # a server that hangs is not waited for
                return await self.blocking.execute_command(*command)  # type: ignore[no-untyped-call]

    async def run(self, name: str, keys: Sequence[str], *args: Any) -> Any:
        """Run lua/NAME.lua with its keys. Raises errors.StateUnavailable."""
        lua = script(name)
        with self.answering():
            try:
                return await self.redis.evalsha(lua.sha, len(keys), *keys, *args)
            except exceptions.NoScriptError:
                return await self.redis.eval(lua.text, len(keys), *keys, *args)

    async def run_confirmed(self, name: str, keys: Sequence[str], *args: Any) -> Any:
        """Run it likewise; its write counts once each server that could take over has it.

        Raises:
            errors.Unconfirmed: it was taken, but it is not known whether it lasts.
            errors.ReplicasMissing: nothing was written.
            errors.StateUnavailable: no answer, or no majority of the sentinels.
        """
        with self.answering():
            if (await self.servers.view()).alone:
                return await self.run(name, keys, *args)
            return await self.servers.run(script(name), keys, args)

    async def confirmed(self) -> None:
        """Return once all that was read here lasts, whichever server takes over. Raises likewise."""
        with self.answering():
            if not (await self.servers.view()).alone:
                await self.servers.confirm(self.key("confirmed"))

    async def lasting(self, at: float) -> None:
        """Return once what was written at that time (the server's, in seconds) lasts. Raises likewise."""
        if (await self.view()).alone or await self.now() - at > LONG_AGO:
            return
        await self.confirmed()

    async def view(self) -> View:
        """The master and its replicas, as they were less than a second ago. Raises errors.StateUnavailable."""
        with self.answering():
            return await self.servers.view()

    async def look(self) -> View:
        """Ask for the master and its replicas anew. Raises errors.StateUnavailable."""
        with self.answering():
            return await self.servers.look()

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

    async def revive(self) -> None:
        """Restart the embedded server where it died; does nothing for a server by URL."""
        if self._server is not None:
            await asyncio.to_thread(self._server.ensure)

    async def aclose(self) -> None:
        """Close both clients; the last user of the embedded server stops it."""
        await self.redis.aclose()
        await self.blocking.aclose()
        await self.servers.aclose()
        if self._server is not None:
            await asyncio.to_thread(self._server.leave)


async def connect(
    url: str, folder: Path, *, namespace: str = "fisk", replicas: int | None = None, seal: Seal = NO_SEAL
) -> State:
    """Open the Redis or Valkey at `url`; without one, the embedded Valkey with its data under `folder`.

    `replicas`: how many replicas must have a write before it counts; None: all that are there. `seal`: the key that
    signs what is stored; without one nothing signed can be written or read.

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
    if address.tls:
        tls.context(address.options)
    redis, blocking, sentinels = clients(address)
    state = State(
        redis,
        blocking,
        servers=Servers(redis, blocking, sentinels, replicas),
        folder=folder,
        shown=address.shown,
        namespace=namespace,
        server=server,
        signer=seal.signer(namespace),
    )
    try:
        with state.answering():
            async with asyncio.timeout(START_WITHIN):
                if server is None:
                    await admitted(state)
                await (_recognise(state, seal) if seal.ready else state.ping())
    except errors.StateUnavailable as lost:
        await state.aclose()
        raise await explained(address, lost) from lost.__cause__
    except BaseException:
        await state.aclose()
        raise
    return state


async def _recognise(state: State, seal: Seal) -> None:
    """Whether it is this installation's; one that was emptied, or takes no writes, is opened to be read."""
    await check_key(state, seal)
    with suppress(errors.MemoryEmptied, errors.TakesNoWrites, errors.Unconfirmed):
        await state.epoch.check()


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


def clients(address: Address) -> tuple[Redis, Redis, Sentinels | None]:
    """The client for all commands and the one for blocking reads; they connect at their first command."""
    block = LONGEST_BLOCK + ANSWER_WITHIN
    if address.url:
        return _client(address, ANSWER_WITHIN), _client(address, block), None
    manager = Sentinel(  # type: ignore[no-untyped-call]
        address.sentinels,
        sentinel_kwargs=address.sentinel_options | _asking_sentinels(),
        **address.options | _options(ANSWER_WITHIN),
    )
    sentinels = Sentinels(manager, address.service)
    return sentinels.client(ANSWER_WITHIN), sentinels.client(block), sentinels


def _client(address: Address, within: float) -> Redis:
    """A client with a timeout of `within` seconds for each answer."""
    options = address.options | _options(within)
    if address.url.startswith("unix:"):
        del options["socket_connect_timeout"]
    return Redis.from_url(address.url, **options)


def _options(within: float) -> dict[str, Any]:
    return {
        "decode_responses": True,
        "max_connections": MOST_CONNECTIONS,
        "protocol": 2,
        "socket_timeout": within,
        "socket_connect_timeout": ANSWER_WITHIN,
        "retry": Retry(ConstantBackoff(RETRY_PAUSE), RETRIES),
    }


def _asking_sentinels() -> dict[str, Any]:
    """Sentinels without retries: the master's connection has them, and redis-py would add ten more."""
    return {
        "decode_responses": True,
        "protocol": 2,
        "socket_timeout": ANSWER_WITHIN,
        "socket_connect_timeout": ANSWER_WITHIN,
        "retry": Retry(NoBackoff(), 0),
    }
