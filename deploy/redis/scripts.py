"""The Lua scripts, read once from lua/. Each is called by its hash, with every key declared."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from deploy.core.values import dataclass

FOLDER = Path(__file__).parent / "lua"
PRELUDE = "prelude.lua"


@dataclass(frozen=True, slots=True)
class Script:
    """A script's text, prelude included, and its SHA-1 hash for EVALSHA."""

    name: str
    text: str
    sha: str


@cache
def script(name: str) -> Script:
    """The script lua/NAME.lua, with the functions that all scripts share before it."""
    text = (FOLDER / PRELUDE).read_text() + (FOLDER / f"{name}.lua").read_text()
    return Script(name, text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())
