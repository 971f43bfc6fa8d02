"""Writes variables to Coolify in bulk, or one by one where that fails, within its rate limit."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from deploy.core import errors
from deploy.env.propose import variables_of
from deploy.systems.coolify.values import Name, Owner, Variable, first_of_each

if TYPE_CHECKING:
    from deploy.engine.engine import Op
    from deploy.systems.coolify.dialect import Dialect
    from deploy.world import World

T = TypeVar("T")
MOST_AT_ONCE = 500  # variables in one request
LARGEST = 4 * 2**20  # letters of values in one request
TRIES = 3
RETRIES = 20  # how often fisk retries after a rate limit
SINGLES = 120  # single requests a minute: Coolify's limit is 200, and watching a deploy needs some
MINUTE = 60.0
# Errors that end the write: the next request would fail likewise.
OUTRIGHT = (errors.Unauthorized, errors.MissingAbility, errors.RateLimited)
PASSING = (errors.TimedOut, errors.Unreachable)

Failed = dict["Name", str]


class Writer:
    """Writes to one application. Every method may raise SystemFailure, where Coolify refuses or is gone.

    `again`: whether it sent something a second time, while Coolify may still have been at the first.
    """

    def __init__(self, world: World, op: Op, owner: Owner, dialect: Dialect) -> None:
        self._world = world
        self._coolify = world.systems.coolify
        self._pause = world.timeouts.poll
        self._op = op
        self._owner = owner
        self._app = owner.uuid
        self._dialect = dialect
        self.again = False
        self._sent: deque[float] = deque()

    async def read(self) -> tuple[Variable, ...]:
        """What is there now. Raises ValuesHidden where the token may not see it any more."""
        return await patiently(self._op, lambda: variables_of(self._world, self._owner))

    async def write(self, variables: Sequence[Variable]) -> Failed:
        """Make or overwrite all of them, no key twice; what Coolify did not take, with its reason."""
        failed: Failed = {}
        done = 0
        for batch in batches(variables):
            done += len(batch)
            await self._op.report(f"writing {done} of {len(variables)}")
            failed |= await self._together(batch)
        return failed

    async def remove(self, variables: Sequence[Variable]) -> Failed:
        """Delete them one by one; there is no other way."""
        failed: Failed = {}
        for place, variable in enumerate(variables):
            await self._op.report(f"removing {place + 1} of {len(variables)}")
            await self._ration()
            failed |= await self._noting(variable, lambda it: self._coolify.remove(self._app, it))
        return failed

    async def _together(self, batch: Sequence[Variable]) -> Failed:
        """In one request; after a fault, whatever is not there yet, at last one by one."""
        left = batch
        for _ in range(TRIES):
            failure = await self._bulk(left)
            if failure is None:
                return {}
            self.again = True
            left = await self._missing(left)
            if not isinstance(failure, PASSING):
                break
            await self._op.pause(self._pause)
        return await self._singly(left)

    async def _bulk(self, batch: Sequence[Variable]) -> errors.SystemFailure | None:
        try:
            await patiently(self._op, lambda: self._coolify.write_all(self._app, batch, self._dialect))
        except OUTRIGHT:
            raise
        except errors.SystemFailure as failure:
            return failure
        return None

    async def _missing(self, batch: Sequence[Variable]) -> list[Variable]:
        there = first_of_each(await self.read())
        return [it for it in batch if it.name not in there or there[it.name].content != it.content]

    async def _singly(self, variables: Sequence[Variable]) -> Failed:
        failed: Failed = {}
        for variable in variables:
            await self._ration()
            failed |= await self._noting(variable, self._one)
        return failed

    async def _one(self, variable: Variable) -> None:
        """Overwrite it, or make it where there is none; Coolify says which."""
        try:
            await self._coolify.overwrite(self._app, variable, self._dialect)
        except errors.NotThere:
            await self._coolify.create(self._app, variable, self._dialect)

    async def _noting(self, variable: Variable, act: Callable[[Variable], Awaitable[None]]) -> Failed:
        """Act on one variable; returns Coolify's reason where it refuses. Raises OUTRIGHT errors and, where Coolify
        is unreachable or too slow, PASSING ones.
        """
        try:
            await patiently(self._op, lambda: act(variable))
        except (*OUTRIGHT, *PASSING):
            raise
        except errors.SystemFailure as failure:
            return {variable.name: reason(failure)}
        return {}

    async def _ration(self) -> None:
        """Wait until this minute has room for one more single request."""
        now = time.monotonic()
        while self._sent and self._sent[0] <= now - MINUTE:
            self._sent.popleft()
        if len(self._sent) >= SINGLES:
            await self._op.pause(self._sent.popleft() + MINUTE - now)
        self._sent.append(time.monotonic())


async def patiently(op: Op, ask: Callable[[], Awaitable[T]]) -> T:
    """Retry after the pause that Coolify's rate limit asks for: a rate-limited request was not executed."""
    for _ in range(RETRIES):
        try:
            return await ask()
        except errors.RateLimited as limit:
            seconds = limit.retry_after
            await op.report(f"Coolify asks fisk to wait {seconds:.0f} s", seconds)
            await op.pause(seconds)
    return await ask()


def reason(failure: errors.SystemFailure) -> str:
    """Coolify's error message, where there is one."""
    why = failure.why.removeprefix("Validation failed.: ")
    return str(failure).rstrip(".") if not why or why.startswith("status ") else f"Coolify says: {why}"


def batches(variables: Sequence[Variable]) -> Iterator[list[Variable]]:
    """In their order, none too long for one request; a single large value has one of its own."""
    batch: list[Variable] = []
    size = 0
    for variable in variables:
        if batch and (len(batch) == MOST_AT_ONCE or size + len(variable.text) > LARGEST):
            yield batch
            batch, size = [], 0
        batch.append(variable)
        size += len(variable.text)
    if batch:
        yield batch
