"""Arguments of operations on BuildKit."""

from __future__ import annotations

from deploy.core.model import Arguments
from deploy.core.units import size
from deploy.core.values import dataclass


@dataclass(frozen=True, slots=True)
class BuildKitArguments(Arguments):
    """`force`: even while builds run on it, which it kills."""

    host: str
    force: bool = False

    @property
    def place(self) -> str:
        return self.host


@dataclass(frozen=True, slots=True)
class RestartArguments(BuildKitArguments):
    when_idle: bool = False

    @property
    def when(self) -> str:
        return "once no build runs on it" if self.when_idle else ""


KEEP = 20 * 10**9  # bytes of the cache that a prune leaves, unless somebody says how many


@dataclass(frozen=True, slots=True)
class PruneArguments(BuildKitArguments):
    """`keep`: how many bytes of the cache stay; `force`: even while builds run, which use it."""

    keep: int = KEEP
    when_idle: bool = False

    @property
    def kept(self) -> str:
        return size(self.keep)

    @property
    def when(self) -> str:
        return "once no build runs on it" if self.when_idle else ""


@dataclass(frozen=True, slots=True)
class RecreateArguments(BuildKitArguments):
    pass
