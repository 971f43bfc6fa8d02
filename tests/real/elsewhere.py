"""A process that has fisk's memory open: each line on its standard input is done, and what came of it is printed.

Run as `python -m tests.real.elsewhere URL FOLDER`. What an error is called is printed in its place.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from deploy.core import errors
from deploy.core.model import Actor, Resource
from deploy.engine.journal import Journal
from deploy.engine.locks import HeldBy, Locks
from deploy.kinds import KINDS
from deploy.redis.connect import State, connect
from tests.deploy.conftest import an_operation
from tests.keys import SEAL

APP, MARKO = Resource("app", "app"), Actor("U2", "marko")
Act = Callable[[State], Awaitable[object]]


async def start(state: State) -> object:
    return await Journal(state, KINDS).start(an_operation("app:app"), runner="elsewhere")


async def hold(state: State) -> object:
    return await Locks(state).hold(APP, MARKO, "elsewhere")


async def lift(state: State) -> object:
    return await Locks(state).unhold(APP, MARKO)


async def look(state: State) -> object:
    return await state.look()


ACTS: dict[str, Act] = {"start": start, "hold": hold, "lift": lift, "look": look}


async def main(url: str, folder: str) -> None:
    state = await connect(url, Path(folder), seal=SEAL)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while line := await asyncio.to_thread(sys.stdin.readline):
        sys.stdout.write(f"{await _outcome(ACTS[line.strip()](state))}\n")
        sys.stdout.flush()
    await state.aclose()


async def _outcome(act: Awaitable[object]) -> str:
    try:
        await act
    except errors.FiskError as error:
        return error.code
    except HeldBy:
        return "held"
    return "done"


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
