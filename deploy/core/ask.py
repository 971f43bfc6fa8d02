"""Queries with a timeout: a system that is slow or down becomes an Unknown, not an error."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from deploy.core import errors
from deploy.core.deadline import deadline
from deploy.core.values import dataclass

T = TypeVar("T")
ANSWERS_WITHIN = 5.0  # seconds for one system


@dataclass(frozen=True, slots=True)
class Unknown:
    """A missing answer: `why` is the reason, as one sentence."""

    why: str
    hint: str = ""


async def ask(system: str, answer: Awaitable[T], within: float = 0) -> T | Unknown:
    """The answer, or an Unknown after a FiskError or `within` seconds (by default ANSWERS_WITHIN)."""
    limit = within or ANSWERS_WITHIN
    try:
        with deadline(limit):
            async with asyncio.timeout(limit):
                return await answer
    except TimeoutError:
        return Unknown(f"{system} did not answer within {limit:g} s.")
    except errors.FiskError as error:
        return Unknown(error.failure.sentence, error.failure.hint)


def known(answer: T | Unknown | None) -> T | None:
    """The answer; None for an Unknown."""
    return None if isinstance(answer, Unknown) else answer
