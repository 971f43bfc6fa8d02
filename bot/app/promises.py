"""Tells at the start what is not promised with this Redis or Valkey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.log import logger
from deploy.redis import promises

if TYPE_CHECKING:
    from deploy.world import Memory

log = logger()


async def warn(memory: Memory) -> None:
    """A log line for each promise that does not hold, or of which it is not known. Raises errors.StateUnavailable."""
    for found in promises.findings(await memory.server_settings()):
        log.warning("the memory promises less", told=promises.sentence(found), known=found.known)
