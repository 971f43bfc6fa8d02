"""What Redis Sentinel says: which server is the master, and which replicas could take over."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel, SentinelConnectionPool

Place = tuple[str, int]  # host and port

DOWN = frozenset({"s_down", "o_down"})
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


class NoMaster(MasterNotFoundError):
    """No majority of the sentinels names a master; its text says why, without names or addresses."""


class Sentinels:
    """All sentinels of a service: those that the settings name, and those that they know of."""

    def __init__(self, manager: Sentinel, service: str) -> None:
        self.manager = manager
        self.service = service
        self._dialled: set[Place] = set()

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
        """The master that most sentinels name. Raises NoMaster where no majority names one."""
        return majority(await self._answers())

    async def promotable(self) -> tuple[Place, frozenset[Place]]:
        """The master likewise, and each replica that at least one sentinel takes for up: it could take over."""
        answers = await self._answers()
        return majority(answers), frozenset().union(*(each.promotable for each in answers))

    async def _answers(self) -> list[Answer]:
        found = await self._ask(self.manager.sentinels)
        if len({answer.who for answer in found}) <= _of(found) // 2:
            found += await self._ask(self._dial({each for answer in found for each in answer.others}))
        return found

    def _dial(self, places: set[Place]) -> list[Redis]:
        """Clients of sentinels that the settings do not name; asked and closed from now on like those that they do."""
        unknown = places - self._dialled
        self._dialled |= unknown
        dialled = [Redis(host=host, port=port, **self.manager.sentinel_kwargs) for host, port in unknown]
        self.manager.sentinels.extend(dialled)
        return dialled

    async def _ask(self, clients: list[Redis]) -> list[Answer]:
        """What those say that answer and know the service. Raises NoMaster where none does, though some answer."""
        found = await asyncio.gather(*map(self._one, clients), return_exceptions=True)
        for answer in found:
            if isinstance(answer, BaseException) and not isinstance(answer, NO_ANSWER):
                raise answer
        answers = [answer for answer in found if isinstance(answer, Answer)]
        if None in found and not answers:
            raise NoMaster("its sentinels know no working master of that name")
        return answers

    async def _one(self, client: Redis) -> Answer | None:
        async with asyncio.timeout(ANSWER_WITHIN), client.pipeline(transaction=False) as pipe:
            pipe.execute_command("SENTINEL MYID")
            for command in ("GET-MASTER-ADDR-BY-NAME", "MASTER", "SLAVES", "SENTINELS"):
                pipe.execute_command(f"SENTINEL {command}", self.service)
            who, master, state, replicas, known = await pipe.execute(raise_on_error=False)
        if isinstance(state, Exception) or not master:
            return None  # it does not know the service
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


def majority(answers: list[Answer]) -> Place:
    """The master that more than half of all sentinels name. Raises NoMaster."""
    named = Counter({answer.who: answer.master for answer in answers}.values())
    for master, votes in named.most_common(1):
        if votes > _of(answers) // 2:
            return master
        raise NoMaster(f"only {votes} of its {_of(answers)} sentinels answer and agree on a master")
    raise NoMaster("no answer from a sentinel that knows its master")


def _of(answers: list[Answer]) -> int:
    """How many sentinels there are, by the one that knows of most."""
    return max((answer.of for answer in answers), default=0)


def _could_take_over(replica: Mapping[str, Any]) -> bool:
    """Whether the sentinels could make this replica the master; one that is merely late counts, too."""
    return DOWN.isdisjoint(replica["flags"].split(",")) and int(replica["slave-priority"]) > 0


def _place(known: Mapping[str, Any]) -> Place:
    return known["ip"], int(known["port"])
