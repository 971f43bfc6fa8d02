"""Where fisk's settings are: `.env` and `fisk.toml` in one folder, which somebody has chosen.

It is never the folder that one happens to stand in: whoever puts a `.env` there would get the tokens sent elsewhere.
"""

from __future__ import annotations

import os
from pathlib import Path

from dotenv import dotenv_values

from deploy.core.values import dataclass

VARIABLE = "FISK_CONFIG"
SYSTEM = Path("/etc/fisk")
PROJECT = Path(__file__).resolve().parents[2]  # where the code lies: a clone
ENVIRONMENT, STRUCTURE = ".env", "fisk.toml"


@dataclass(frozen=True, slots=True)
class Places:
    """The two files, of which either may be missing; other paths in the settings are relative to their folder."""

    environment: Path
    structure: Path

    @property
    def folder(self) -> Path:
        return self.environment.parent


def places() -> Places:
    """FISK_CONFIG, which `--config` sets, names fisk.toml or its folder; else /etc/fisk, else the project's own folder.

    A FISK_CONFIG in the `.env` that was found names another structure. Raises OSError and ValueError where that file
    cannot be read.
    """
    if chosen := os.environ.get(VARIABLE):
        path = Path(chosen).expanduser().absolute()
        return _in(path) if path.is_dir() else Places(path.parent / ENVIRONMENT, path)
    found = _in(SYSTEM if _is_used(SYSTEM) else PROJECT)
    named = dotenv_values(found.environment).get(VARIABLE) or STRUCTURE
    return Places(found.environment, found.folder / Path(named).expanduser())


def _in(folder: Path) -> Places:
    folder = folder.absolute()
    return Places(folder / ENVIRONMENT, folder / STRUCTURE)


def _is_used(folder: Path) -> bool:
    return (folder / ENVIRONMENT).exists() or (folder / STRUCTURE).exists()
