"""Commands in Socket Mode, 64 in flight: fisk beside Bolt for Node, with the same driver."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from bench.driver import Driver, driving
from bench.harness import Measured, alternate, bench
from bench.processes import FISK, ROOT, running, settings

IN_FLIGHT = 64
COMMANDS = 3000
WARM = 500
ROUNDS = 7
CONNECTIONS = 2  # fisk's
NODE = ROOT / "tests" / "node"  # where the tests of the Slack stand-in install Bolt for Node
INSTALL = ("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent")


def bolt() -> tuple[str, ...]:
    """The command line of Bolt for Node; empty if it cannot be installed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return ()
    if not (NODE / "node_modules" / "@slack" / "bolt").exists():
        installed = subprocess.run(INSTALL, cwd=NODE, check=False, timeout=120, capture_output=True)
        if installed.returncode:
            return ()
    return node, str(ROOT / "bench" / "bare_bolt.mjs"), str(NODE)


@asynccontextmanager
async def driven(argv: tuple[str, ...], connections: int) -> AsyncIterator[Driver]:
    """A bot connected to its own driver, warmed up."""
    async with driving() as driver, settings(driver) as environment, running(argv, environment):
        await driver.connected(connections)
        await driver.first("locks")
        await driver.pump("help", WARM, IN_FLIGHT)
        yield driver


@bench("commands in Socket Mode, 64 in flight", "1/s", short="socket", seconds=16, bound=1.1, better="higher")
async def commands() -> Measured:
    """`help`, which fisk answers in the ack. The note has `locks`, answered at the response_url."""
    argv = bolt()
    async with driven(FISK, CONNECTIONS) as fisk:

        async def ours() -> float:
            return await fisk.pump("help", COMMANDS, IN_FLIGHT)

        if not argv:
            rate = await ours()
            return Measured(await ours(), judged=False, note=f"node or npm is missing ({rate:.0f})")
        async with driven(argv, 1) as node:

            async def rival() -> float:
                return await node.pump("help", COMMANDS, IN_FLIGHT)

            measured = await alternate(ours, rival, ROUNDS)
            answered = await fisk.pump("locks", WARM, IN_FLIGHT, answers=True)
            return replace(measured, note=f"locks, answered by the handler: {answered:,.0f} 1/s")
