"""Arguments of operations on builds."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.core.model import Arguments, short


@dataclass(frozen=True, slots=True)
class OneBuild(Arguments):
    """`build` is the run's number at GitHub, `sha` its commit."""

    build: int
    sha: str

    @property
    def what(self) -> str:
        return short(self.sha)


@dataclass(frozen=True, slots=True)
class RerunArguments(OneBuild):
    """`failed`: only the failed jobs. `stop`: first cancel a run that still shows as running."""

    failed: bool = False
    stop: bool = False


@dataclass(frozen=True, slots=True)
class CancelArguments(OneBuild):
    pass


@dataclass(frozen=True, slots=True)
class StartArguments(Arguments):
    """`workflow` is its file's name; `no_cache`: build without the layer cache."""

    workflow: str
    no_cache: bool = False
