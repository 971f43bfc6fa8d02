"""An operation that acts once, in a separate process that stops itself on the way.

`python -m tests.deploy.engine.slept_story URL FOLDER WAY STOP_AT`. WAY is the address of an HTTP server, or a Host
as JSON. STOP_AT names the point at which the process stops itself (SIGSTOP), once.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.core.model import Done
from deploy.core.outcomes import Completed
from deploy.engine.engine import Engine
from deploy.engine.journal import Journal
from deploy.kinds import KINDS
from deploy.redis.connect import connect
from deploy.systems import network
from deploy.systems.hosts import Host
from deploy.systems.http import Http
from deploy.systems.network import Network
from deploy.systems.ssh import Ssh, connection, login
from tests.deploy.conftest import told
from tests.keys import SEAL

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from tests.deploy.conftest import Tale

LEASE = 0.5
LONG = 32 * 2**20  # bytes, more than the kernel takes before somebody reads
TAKEN = "waits for the body to be taken"
PLACES: dict[str, tuple[Any, str]] = {
    "looks at its right": (network, "insist_on_right"),
    TAKEN: (network, "_writable"),
    "is about to run a command": (login, "insist_on_right"),
}
Act = Callable[["Op"], Awaitable[object]]


def story(act: Act) -> Tale:
    async def tell(op: Op) -> Outcome:
        async def acting() -> Done:
            await act(op)
            return Done()

        await op.step("act", Done, acting)
        return Completed()

    return tell


def posting(url: str, size: int = 0) -> Act:
    async def post(op: Op) -> None:
        http = Http("Coolify", url, timeout=60)
        await http.request("POST", f"/{op.operation.id}/{op.lease.runner}", json="x" * size)
        await http.aclose()

    return post


def restarting(host: Host) -> Act:
    async def restart(op: Op) -> None:
        ssh = Ssh(host)
        await ssh.run(["docker", "restart", f"{op.operation.id}/{op.lease.runner}"])
        await ssh.aclose()

    return restart


def stop_at(point: str) -> None:
    """Stop this process when it first gets there."""
    left = [signal.SIGSTOP]

    def stop() -> None:
        """By this thread's own signal: one to the process may reach another thread, and this one go on for a while."""
        while left:
            signal.pthread_kill(threading.get_ident(), left.pop())

    if point in PLACES:
        _before(*PLACES[point], stop)
    elif point == "has connected":
        Network.connect_tcp = _after(Network.connect_tcp, stop)  # type: ignore[method-assign]
    elif point == "has a session":
        connection._open_session = _then(connection._open_session, stop)


def _before(module: Any, name: str, stop: Callable[[], None]) -> None:
    real = getattr(module, name)

    def stopping(*arguments: Any) -> Any:
        stop()
        return real(*arguments)

    setattr(module, name, stopping)


def _then(real: Callable[..., Any], stop: Callable[[], None]) -> Any:
    def stopping(*arguments: Any) -> Any:
        result = real(*arguments)
        stop()
        return result

    return stopping


def _after(real: Callable[..., Awaitable[Any]], stop: Callable[[], None]) -> Any:
    async def stopping(*arguments: Any, **options: Any) -> Any:
        result = await real(*arguments, **options)
        stop()
        return result

    return stopping


async def main(url: str, folder: Path, way: str, point: str) -> None:
    state = await connect(url, folder, seal=SEAL)
    size = LONG if point == TAKEN else 0
    act = posting(way, size) if way.startswith("http") else restarting(Host(**json.loads(way)))
    stop_at(point)
    engine = Engine(Journal(state, KINDS, lease=LEASE), told(story(act)), "sleeper")
    print("working", flush=True)  # noqa: T201 (the test waits for it)
    await engine.work()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4]))
