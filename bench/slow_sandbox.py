"""The sandbox's stand-ins as a separate process, with a delay for each request and each command on a host.

`python -m bench.slow_sandbox SECONDS COMMAND_SECONDS` prints its settings as JSON and serves until its input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys

from bench.sandboxed import FOR_EVER, slow_down
from sandbox.world import World


async def main(seconds: float, command_seconds: float) -> None:
    async with World(speed=0) as outside:
        outside.coolify.access.per_minute = FOR_EVER
        slow_down(outside, seconds)
        for machine in (outside.hosts.vps01, outside.hosts.vps):
            machine.delay = command_seconds
        print(json.dumps({"environment": outside.environment(), "config": outside.config_toml()}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), float(sys.argv[2])))
