"""`scripts/fuzz`: makes up input and holds fisk against it. Each case has its own seed, and can be run again alone."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import traceback
from collections.abc import Awaitable, Callable
from random import Random
from time import time

from tests.fuzz import answers, lines, records, slack, views, webhooks

COUNT = 1_000_000
Case = Callable[[Random], Awaitable[None]]
# Of a hundred cases, so many are of each kind.
KINDS: dict[str, tuple[int, Case]] = {
    "lines": (30, lines.case),
    "webhooks": (15, webhooks.case),
    "slack": (15, slack.case),
    "answers": (15, answers.case),
    "records": (10, records.case),
    "views": (15, views.case),
}
SHOWN = 1000  # cases between two signs of life


class Failed(Exception):
    """A case in which something did not hold; says how to run it again."""


async def one(kind: str, seed: str, number: int) -> None:
    try:
        await KINDS[kind][1](Random(f"{seed}/{kind}/{number}"))  # noqa: S311 (no secret)
    except Exception as error:  # noqa: BLE001 (whatever it is, it should not have been)
        again = f"scripts/fuzz --seed {seed} --only {kind} --case {number}"
        raise Failed(f"{again}\n{''.join(traceback.format_exception(error))}") from None


async def many(kinds: list[str], seed: str, count: int) -> None:
    whole = sum(KINDS[kind][0] for kind in kinds)
    for kind in kinds:
        share = -(-count * KINDS[kind][0] // whole)
        for number in range(share):
            await one(kind, seed, number)
            if number % SHOWN == 0:
                print(f"\r{kind} {number:,} of {share:,}", end="", file=sys.stderr, flush=True)  # noqa: T201
        print(f"\r{kind}: {share:,} cases hold", file=sys.stderr)  # noqa: T201


def main() -> int:
    asked = _arguments()
    kinds = [asked.only] if asked.only else list(KINDS)
    try:
        if asked.case is None:
            asyncio.run(many(kinds, asked.seed, asked.count))
        else:
            asyncio.run(one(asked.only, asked.seed, asked.case))
    except Failed as failed:
        print(f"\n{failed}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("scripts/fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="how many cases in all")
    parser.add_argument("--seed", default=str(int(time())), help="the same seed makes the same cases")
    parser.add_argument("--only", choices=list(KINDS), help="one kind alone")
    parser.add_argument("--case", type=int, help="with --only and --seed: this case alone")
    asked = parser.parse_args()
    if asked.case is not None and not asked.only:
        parser.error("--case needs --only")
    return asked


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)  # which tells of each refusal
    sys.exit(main())
