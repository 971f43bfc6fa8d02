"""The Coolify stand-in as a separate process, with variables to copy and a delay for each request.

`python -m bench.slow_coolify VARIABLES SECONDS` prints its settings as JSON and serves until its input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys

from sandbox.world import World

FOREVER = 10**9


async def main(variables: int, seconds: float) -> None:
    async with World(speed=0) as outside:
        source, target = (outside.coolify.apps[name].variables for name in ("app", "staging"))
        source.rows.clear()
        target.rows.clear()
        for number in range(variables):
            source.add(f"KEY_{number:03}", f"value-{number}-" + "x" * 40, is_literal=number % 7 == 0)
        outside.coolify.access.per_minute = FOREVER  # no rate limit: the rival would wait for minutes
        outside.coolify.faults.queue("*", delay=seconds, times=FOREVER)
        print(json.dumps({"environment": outside.environment(), "config": outside.config_toml()}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
