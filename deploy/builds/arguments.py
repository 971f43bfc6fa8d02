"""What acts on builds are asked for with."""

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
    """`failed`: only the jobs that failed. `stop`: what still shows as running is stopped first."""

    failed: bool = False
    stop: bool = False


@dataclass(frozen=True, slots=True)
class CancelArguments(OneBuild):
    pass


@dataclass(frozen=True, slots=True)
class StartArguments(Arguments):
    """`workflow` is its file's name; `no_cache` builds every layer anew."""

    workflow: str
    no_cache: bool = False
