"""The platform of a hundred targets as a separate process, with a delay for each answer.

`python -m bench.slow_fleet SECONDS` prints its settings as JSON and serves until its input ends.
"""

from __future__ import annotations

import asyncio
import json
import sys

from bench.fleet import Fleet


async def main(seconds: float) -> None:
    async with Fleet() as fleet:
        fleet.slow_down(seconds)
        told = {"environment": fleet.environment(), "config": fleet.config_toml(), "runs": fleet.commits}
        print(json.dumps(told), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
