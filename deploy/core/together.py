"""Several questions at once, none of which outlives the others' failure."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar, overload

from deploy.core.cancelling import end

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")


@overload
async def together(a: Awaitable[A], b: Awaitable[B], /) -> tuple[A, B]: ...
@overload
async def together(a: Awaitable[A], b: Awaitable[B], c: Awaitable[C], /) -> tuple[A, B, C]: ...
@overload
async def together(
    a: Awaitable[A], b: Awaitable[B], c: Awaitable[C], d: Awaitable[D], /
) -> tuple[A, B, C, D]: ...
@overload
async def together(
    a: Awaitable[A], b: Awaitable[B], c: Awaitable[C], d: Awaitable[D], e: Awaitable[E], /
) -> tuple[A, B, C, D, E]: ...
@overload
async def together(
    a: Awaitable[A], b: Awaitable[B], c: Awaitable[C], d: Awaitable[D], e: Awaitable[E], f: Awaitable[F], /
) -> tuple[A, B, C, D, E, F]: ...
@overload
async def together(*asked: Awaitable[A]) -> tuple[A, ...]: ...
async def together(*asked: Awaitable[Any]) -> tuple[Any, ...]:
    """Their results in order; the first failure is raised once the others were cancelled and have ended.

    asyncio.gather leaves the others running, on connections that may be closed under them.
    """
    tasks = [asyncio.ensure_future(each) for each in asked]
    try:
        return tuple(await asyncio.gather(*tasks))
    finally:
        await end(tasks)
