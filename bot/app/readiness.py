"""Whether this replica can do its work."""

from __future__ import annotations

from dataclasses import dataclass

from bot.slack.installation import Installation
from bot.slack.socket import Sockets
from deploy.core import errors
from deploy.engine.engine import Engine
from deploy.redis.connect import State


@dataclass
class Readiness:
    """`sockets` is None where Slack comes by HTTP; `leaving`: it takes nothing new any more."""

    state: State
    engine: Engine
    installation: Installation
    sockets: Sockets | None
    leaving: bool = False

    async def check(self) -> dict[str, bool]:
        """Each dependency, and whether it answers now."""
        return {
            "memory": await self._remembers(),
            "slack": bool(self.installation.team),
            "connected": self.sockets is None or await self.sockets.connected(),
            "accepting": not (self.leaving or self.engine.draining),
        }

    async def _remembers(self) -> bool:
        try:
            await self.state.ping()
        except errors.StateUnavailable:
            return False
        return True
