"""Reads the rules of fisk.toml again when the file changed, or on SIGHUP: who may do what needs no restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app.load import load
from deploy.core.errors import BadSettings
from deploy.core.log import logger

if TYPE_CHECKING:
    from bot.app.settings import Settings
    from deploy.access.access import Access
    from deploy.core.freeze import Freezes

LOOK_EVERY = 1.0  # seconds between two looks at the file

log = logger()

State = tuple[float, int, int]  # a file's time of change, size and inode


class Reload:
    """`file` is fisk.toml; `read` reads all settings, of which only the rules are taken."""

    def __init__(
        self, access: Access, freezes: Freezes, file: Path, read: Callable[[], Settings] = load
    ) -> None:
        self._access = access
        self._freezes = freezes
        self._file = file
        self._read = read
        self._seen = self._last = _state(file)
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Read them again now, changed or not."""
        self._asked.set()

    async def work(self) -> None:
        """Look until cancelled."""
        while True:
            await self._pause()
            before, self._last = self._last, _state(self._file)
            written = self._last == before  # half a file may be one that fits, and protects less
            if self._asked.is_set() or (written and self._last not in {None, self._seen}):
                self._asked.clear()
                self._seen = self._last
                await self._take()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY):
                await self._asked.wait()
        except TimeoutError:
            pass

    async def _take(self) -> None:
        """A file that does not fit leaves the rules as they were, which `access check` says."""
        try:
            settings = await asyncio.to_thread(self._read)
            self._require_targets(settings)
        except BadSettings as error:
            log.warning("the rules stay as they were", why=str(error))
            self._access.keep(str(error))
            return
        self._access.take(settings.rules)
        self._freezes.windows = settings.freeze
        log.info("the rules were read again", roles=sorted(settings.access.roles))

    def _require_targets(self, settings: Settings) -> None:
        """Raise BadSettings where a target is gone that this bot still serves: nothing would protect it."""
        if gone := self._access.rules.targets.keys() - settings.rules.targets.keys():
            raise BadSettings(why=f"target {', '.join(sorted(gone))} is gone, which needs a restart")


def _state(file: Path) -> State | None:
    """None where there is no such file: then the rules stay as they were."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime, found.st_size, found.st_ino
