"""Whether fisk's memory is the one that it was: an epoch in Redis, and beside it in a file under FISK_STATE.

A memory that was emptied, or is another one than before, looks like that of a first start; only what was noted outside
of it tells them apart. Whoever accepts such a memory begins a new epoch, which names those before it: by that every
replica knows that it was accepted, and that no newcomer made a first one.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.log import logger
from deploy.core.signing import Forged

if TYPE_CHECKING:
    from deploy.redis.connect import State

KEY = "epoch"
NAMED = 50  # epochs that one names, itself included: so many may begin while a replica is away
UNKNOWN = "-"  # no epoch of any memory

log = logger("fisk.memory")


class Epoch:
    """`folder` is FISK_STATE's. Without a key of the installation there is no epoch, and nothing is noticed."""

    def __init__(self, state: State, folder: Path) -> None:
        self._state = state
        self._file = folder / f"epoch-{state.namespace}"
        self.text = UNKNOWN  # as Redis has it; what begins is written only while it still has it

    @property
    def key(self) -> str:
        return self._state.key(KEY)

    @property
    def newest(self) -> str:
        """The newest one that this replica knows; empty before its first look."""
        return next(iter(self._noted()), "")

    async def check(self) -> None:
        """Compare the two; at a first start, begin the first epoch.

        Raises:
            errors.MemoryEmptied: they differ.
            errors.StateUnavailable: no answer.
        """
        noted = self._noted()
        if not noted:
            await self._state.run_confirmed("epoch", (self.key,), "", self._signed(token_hex(8)))
        text = await self._state.ask("GET", self.key) or ""
        named = self._named(text)
        if not named or (noted and noted[0] not in named):
            self.text = UNKNOWN
            raise errors.MemoryEmptied(where=self._state.shown)
        self.text = text
        if named != noted:
            self._note(named)

    async def accept(self) -> bool:
        """Begin a new epoch with the memory as it is; False where it is the one that it was.

        Raises errors.StateUnavailable and errors.Unconfirmed.
        """
        with suppress(errors.MemoryEmptied):
            await self.check()
            return False
        found = await self._state.ask("GET", self.key) or ""
        named = dict.fromkeys((token_hex(8), *self._noted(), *self._named(found)))
        text = self._signed(" ".join(list(named)[:NAMED]))
        await self._state.run_confirmed("epoch", (self.key,), found, text)
        await self.check()
        return True

    def _signed(self, content: str) -> str:
        return self._state.signer.sign(content, KEY)

    def _named(self, text: str) -> list[str]:
        """The epochs that it names, newest first; none where fisk did not write it."""
        try:
            return self._state.signer.opened(text, KEY).split() if text else []
        except Forged:
            log.warning("forged record", of=KEY)
            return []

    def _noted(self) -> list[str]:
        with suppress(OSError):
            return self._file.read_text().split()
        return []

    def _note(self, named: list[str]) -> None:
        """Several processes may note it at once, so it is put into place whole."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, made = tempfile.mkstemp(dir=self._file.parent)
            with os.fdopen(descriptor, "w") as file:
                file.write(f"{' '.join(named)}\n")
            Path(made).replace(self._file)
        except OSError as error:  # then an emptied memory looks like a first one to this replica alone
            log.warning("the epoch is not noted", folder=str(self._file.parent), why=error.strerror)
