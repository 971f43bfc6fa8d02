"""What Redis Sentinel says: which server is the master, and which replicas could take over."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel, SentinelConnectionPool

from deploy.core import errors
from deploy.core.values import dataclass

Place = tuple[str, int]  # host and port
Reason = type[errors.MemoryClosed]  # why a sentinel names no master

DOWN = frozenset({"s_down", "o_down"})
REFUSALS = (exceptions.AuthenticationError, exceptions.NoPermissionError)
NO_ANSWER = (exceptions.RedisError, OSError, TimeoutError)
ANSWER_WITHIN = 1.0  # seconds for all sentinels together, since they are asked at once


@dataclass(frozen=True, slots=True)
class Answer:
    """One sentinel's: `who` it is, how many there are by its count, the master, and the replicas that are up."""

    who: str
    of: int
    master: Place
    promotable: frozenset[Place]
    others: frozenset[Place]


Told = Answer | Reason
Enough = Callable[[list[Told]], bool]
TELLING: tuple[Reason, ...] = (errors.ServiceUnknown, errors.SentinelsRefuse, errors.SentinelsSilent)


class NoMaster(MasterNotFoundError):
    """No majority of the sentinels names a master; `kind` is the error that says why, `detail` has no names."""

    def __init__(self, kind: type[errors.MemoryClosed], detail: str = "") -> None:
        super().__init__(kind.slug)
        self.kind, self.detail = kind, detail


class Sentinels:
    """All sentinels of a service: those that the settings name, and those that they know of."""

    def __init__(self, manager: Sentinel, service: str) -> None:
        self.manager = manager
        self.service = service
        self._dialled: set[Place] = set()
        self._left: set[asyncio.Task[Told]] = set()

    def client(self, within: float) -> Redis:
        """A client of the master, with a timeout of `within` seconds for each answer."""
        client: Redis = self.manager.master_for(
            self.service, connection_pool_class=MajorityPool, socket_timeout=within
        )
        cast("MajorityPool", client.connection_pool).sentinels = self
        return client

    async def aclose(self) -> None:
        await self.manager.aclose()

    async def master(self) -> Place:
        """The master that most sentinels name, once so many have. Raises NoMaster where no majority names one."""
        return majority(await self._asked(enough=self._agree))

    async def promotable(self) -> tuple[Place, frozenset[Place]]:
        """The master likewise, and each replica that at least one sentinel takes for up: it could take over."""
        told = await self._asked()
        return majority(told), frozenset().union(*(each.promotable for each in _answers(told)))

    async def _asked(self, enough: Enough = lambda _: False) -> list[Told]:
        told = await self._ask(self.manager.sentinels, enough)
        answers = _answers(told)
        if len({answer.who for answer in answers}) <= _of(answers) // 2:
            told += await self._ask(
                self._dial({each for answer in answers for each in answer.others}), enough
            )
        return told

    def _dial(self, places: set[Place]) -> list[Redis]:
        """Clients of sentinels that the settings do not name; asked and closed from now on like those that they do."""
        unknown = places - self._dialled
        self._dialled |= unknown
        dialled = [Redis(host=host, port=port, **self.manager.sentinel_kwargs) for host, port in unknown]
        self.manager.sentinels.extend(dialled)
        return dialled

    async def _ask(self, clients: list[Redis], enough: Enough) -> list[Told]:
        """What those say that are asked, all at once, until it is enough."""
        asked = [asyncio.create_task(self._one(client)) for client in clients]
        told: list[Told] = []
        for coming in asyncio.as_completed(asked):
            told.append(await coming)
            if enough(told):
                break
        self._leave(asked)
        return told

    def _agree(self, told: list[Told]) -> bool:
        """Whether the others can change nothing any more; one that has just begun may know of none."""
        answers = _answers(told)
        most = max(_of(answers), len(self.manager.sentinels))
        return any(votes > most // 2 for votes in _votes(answers).values())

    def _leave(self, asked: Iterable[asyncio.Task[Told]]) -> None:
        """Nobody waits for the others, which end by themselves: redis-py does not heed being cancelled there."""
        for task in asked:
            self._left.add(task)
            task.add_done_callback(self._left.discard)

    async def _one(self, client: Redis) -> Told:
        try:
            return await self._told(client)
        except REFUSALS:
            return errors.SentinelsRefuse
        except NO_ANSWER:
            return errors.SentinelsSilent

    async def _told(self, client: Redis) -> Told:
        async with asyncio.timeout(ANSWER_WITHIN), client.pipeline(transaction=False) as pipe:
            pipe.execute_command("SENTINEL MYID")
            for command in ("GET-MASTER-ADDR-BY-NAME", "MASTER", "SLAVES", "SENTINELS"):
                pipe.execute_command(f"SENTINEL {command}", self.service)
            who, master, state, replicas, known = await pipe.execute(raise_on_error=False)
        if isinstance(state, REFUSALS):
            raise state
        if isinstance(state, Exception) or not master:
            return errors.ServiceUnknown
        return Answer(
            who=str(who),
            of=int(state["num-other-sentinels"]) + 1,
            master=master,
            promotable=frozenset(map(_place, filter(_could_take_over, replicas))),
            others=frozenset(map(_place, known)),
        )


class MajorityPool(SentinelConnectionPool):
    """Connects to the master that most sentinels name, and leaves it as soon as they name another one."""

    sentinels: Sentinels

    async def get_master_address(self) -> Place:
        master = await self.sentinels.master()
        await self.move(master)
        return master

    async def move(self, master: Place) -> None:
        """Use this master from now on; what is under way at another one ends there."""
        if self.master_address == master:
            return
        self.master_address = master
        await self.update_active_connections_for_reconnect()  # type: ignore[no-untyped-call]
        await self.disconnect(inuse_connections=False)


def majority(told: list[Told]) -> Place:
    """The master that more than half of all sentinels name. Raises NoMaster."""
    answers = _answers(told)
    for master, votes in _votes(answers).most_common(1):
        if votes > _of(answers) // 2:
            return master
        raise NoMaster(errors.SentinelsDisagree, f"only {votes} of {_of(answers)}")
    reasons = [each for each in told if not isinstance(each, Answer)]
    raise NoMaster(min(reasons, key=TELLING.index, default=errors.SentinelsSilent))


def _votes(answers: list[Answer]) -> Counter[Place]:
    """A sentinel that is asked by two addresses has one vote."""
    return Counter({answer.who: answer.master for answer in answers}.values())


def _answers(told: list[Told]) -> list[Answer]:
    return [each for each in told if isinstance(each, Answer)]


def _of(answers: list[Answer]) -> int:
    """How many sentinels there are, by the one that knows of most."""
    return max((answer.of for answer in answers), default=0)


def _could_take_over(replica: Mapping[str, Any]) -> bool:
    """Whether the sentinels could make this replica the master; one that is merely late counts, too."""
    return DOWN.isdisjoint(replica["flags"].split(",")) and int(replica["slave-priority"]) > 0


def _place(known: Mapping[str, Any]) -> Place:
    return known["ip"], int(known["port"])
