"""What the bots of a stage remember, read from outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from pydantic import SecretStr

from deploy.core.seal import Seal
from deploy.engine.journal import Journal
from deploy.kinds import KINDS
from deploy.redis.connect import connect

if TYPE_CHECKING:
    from sandbox.stage import Stage


@asynccontextmanager
async def journal_of(stage: Stage) -> AsyncIterator[Journal]:
    state = await connect("", stage.folder / "state", seal=Seal(SecretStr(stage.world.key)))
    try:
        yield Journal(state, KINDS)
    finally:
        await state.aclose()
