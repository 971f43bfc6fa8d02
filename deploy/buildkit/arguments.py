"""Arguments of operations on BuildKit."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.core.model import Arguments


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


@dataclass(frozen=True, slots=True)
class RecreateArguments(BuildKitArguments):
    pass
