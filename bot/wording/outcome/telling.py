"""One way to tell an outcome, and to offer what comes next; each kind of outcome registers its words."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from deploy.model import Offer

if TYPE_CHECKING:
    from bot.wording.voice import Voice
    from deploy.model import Operation
    from deploy.outcomes import Outcome


@singledispatch
def told(outcome: Outcome, _operation: Operation, _voice: Voice) -> str:
    """The whole outcome, in one to three sentences."""
    raise TypeError(f"nobody has words for {type(outcome).__name__}")


@singledispatch
def offers(_outcome: Outcome, operation: Operation) -> tuple[Offer, ...]:
    """The next steps that make sense after this outcome."""
    return (log(operation),)


def log(operation: Operation) -> Offer:
    return Offer("Log", f"op {operation.id}")
