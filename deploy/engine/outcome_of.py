"""How a story's end becomes an outcome."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from deploy.core import errors
from deploy.core.log import logger
from deploy.core.outcomes import Cancelled, Failed, Outcome, Refused
from deploy.engine.suspension import readable

if TYPE_CHECKING:
    from deploy.engine.kind import Kinds
    from deploy.engine.op import Op

log = logger("fisk.operations")


async def outcome_of(op: Op, story: Coroutine[Any, Any, Outcome], kinds: Kinds) -> Outcome:
    """The outcome of the story; raises Suspended, and errors.StateUnavailable, which do not end it."""
    outcome = await _ended(op, story)
    return as_far_as(outcome, kinds.did(op.operation, op.begun))


def as_far_as(outcome: Outcome, acted: tuple[str, ...]) -> Outcome:
    """An outcome that would say that nothing was changed, as it is where the journal shows that something `acted`."""
    if isinstance(outcome, Refused) and acted:
        return Failed(outcome.error, acted)
    return replace(outcome, acted=acted) if isinstance(outcome, Failed | Cancelled) else outcome


async def _ended(op: Op, story: Coroutine[Any, Any, Outcome]) -> Outcome:
    try:
        async with op.right_to_run():
            with readable("what the story needs"):
                return await story
    except errors.StateUnavailable:
        raise
    except errors.Refusal as refusal:
        return Refused(refusal.failure)
    except errors.CancelRequested:
        return Cancelled(op.cancelled_by or op.operation.actor)
    except errors.FiskError as error:
        return Failed(error.failure)
    except Exception as error:
        log.exception("internal")
        return Failed(errors.Internal(kind=type(error).__name__).failure)
