"""Hiding secrets in a log that was written to take long: linear in its length."""

from __future__ import annotations

import time

from bench.harness import Measured, alternate, bench
from deploy.core.redact import hide

ATTACKS = (
    "password", "authorization:", '"password":"', "login a password ", "-u a:", "eyJaaaaaaaa.", "://a:", "A1b",
    "-----BEGIN PRIVATE KEY-----", "mysql -", "api_key ", '"a"  ,  "', "\n", " ",
)  # fmt: skip
LENGTH, TIMES = 20_000, 8
ROUNDS = 3


def _seconds(length: int) -> float:
    texts = [(attack * length)[:length] for attack in ATTACKS]
    begun = time.perf_counter()
    for text in texts:
        hide(text)
    return time.perf_counter() - begun


@bench(f"hide secrets in {TIMES} times as much", "s", short="redact", seconds=18, bound=2.0, better="lower")
async def redact() -> Measured:
    """A text of 160,000 characters for each attack, against eight of 20,000."""

    async def ours() -> float:
        return _seconds(LENGTH * TIMES)

    async def rival() -> float:
        return sum(_seconds(LENGTH) for _ in range(TIMES))

    return await alternate(ours, rival, ROUNDS)
