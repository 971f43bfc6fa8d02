"""The variables of an application from before an operation, encrypted, so that it can be taken back for 30 days.

Nothing else may write values anywhere.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from pydantic import SecretStr

from deploy.env.errors import NoBackup
from deploy.systems.coolify.values import Variable

if TYPE_CHECKING:
    from deploy.core.seal import Seal
    from deploy.redis.connect import State

KEPT_DAYS = 30


class Backup:
    """Each by the operation that made it. Every method may raise errors.StateUnavailable."""

    def __init__(self, state: State, seal: Seal) -> None:
        self._state = state
        self._seal = seal

    async def keep(self, operation: str, variables: Sequence[Variable]) -> None:
        """Keep them, in place of what the operation kept before. Many take their time, so beside the loop."""
        closed = await asyncio.to_thread(lambda: self._seal.close(pack(variables), operation))
        await self._state.ask("SET", self._key(operation), closed, "EX", KEPT_DAYS * 86_400)

    async def find(self, operation: str) -> tuple[Variable, ...]:
        """The variables as they were before it. Raises NoBackup; errors.WrongKey, for another operation's too."""
        closed = await self._state.ask("GET", self._key(operation))
        if closed is None:
            raise NoBackup(operation=operation, days=KEPT_DAYS)
        return unpack(self._seal.open(closed, operation))

    def _key(self, operation: str) -> str:
        return self._state.key(f"op:{operation}:backup")


def pack(variables: Iterable[Variable]) -> bytes:
    """All of them with their values, small."""
    rows = [{**asdict(variable), "value": _plain(variable)} for variable in variables]
    return zlib.compress(json.dumps(rows).encode())


def unpack(packed: bytes) -> tuple[Variable, ...]:
    rows = json.loads(zlib.decompress(packed))
    return tuple(Variable(**{**row, "value": _secret(row["value"])}) for row in rows)


def _plain(variable: Variable) -> str | None:
    return None if variable.value is None else variable.value.get_secret_value()


def _secret(value: str | None) -> SecretStr | None:
    return None if value is None else SecretStr(value)
