"""Who else may read the files with fisk's secrets, or write those that say who may do what."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from deploy.core.values import dataclass

OTHERS_READ = stat.S_IRWXG | stat.S_IRWXO
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class SettingsFiles:
    """`secret` are for their owner alone; `structure` is for others to read at most. Files may be missing."""

    secret: tuple[Path, ...] = ()
    structure: tuple[Path, ...] = ()

    def too_open(self) -> tuple[str, ...]:
        """What is wrong with them, each by its path."""
        found = [*self._wrong(self.secret, OTHERS_READ), *self._wrong(self.structure, OTHERS_WRITE)]
        return tuple(dict.fromkeys(found))

    @staticmethod
    def _wrong(paths: tuple[Path, ...], forbidden: int) -> Iterator[str]:
        for path in paths:
            if not path.exists():
                continue
            told = path.stat()
            if told.st_mode & forbidden:
                yield f"{path} has mode {stat.S_IMODE(told.st_mode):o}"
            if told.st_uid not in {0, os.geteuid()}:
                yield f"{path} belongs to another user ({told.st_uid})"
