"""Whether an operation has ended before, asked elsewhere than of its own record, which may have been put back.

Who can write to Redis can restore a record from before its end, signatures and all. The history and the audit log,
where the end stands as well, are not restored with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from deploy.core.outcomes.outcome import Status
from deploy.engine.audit import Audit

if TYPE_CHECKING:
    from deploy.core.model import Operation
    from deploy.redis.connect import State

DAY = 86_400  # seconds
ENDS = frozenset(get_args(Status))  # an answer to a question about an operation has another outcome


async def has_ended(state: State, operation: Operation, kept_days: int) -> bool:
    """Whether the history lists it, the audit log has its signed end, or it is older than both remember.

    Raises errors.StateUnavailable.
    """
    if operation.created < await state.now() - kept_days * DAY:
        return True
    if await state.ask("ZSCORE", state.key("history"), operation.id) is not None:
        return True
    recorded = await Audit(state).since(operation.created)
    return any(entry.operation == operation.id and entry.outcome in ENDS for entry in recorded)
