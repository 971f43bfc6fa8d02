"""Arguments of operations on builds."""

from __future__ import annotations

from deploy.core.model import Arguments, short
from deploy.core.values import dataclass


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
    """`failed`: only the failed jobs. `stop`: first cancel a run that still shows as running.

    `repository`: where it is; empty: in the usual one.
    """

    failed: bool = False
    stop: bool = False
    repository: str = ""


@dataclass(frozen=True, slots=True)
class CancelArguments(OneBuild):
    """`repository` as above."""

    repository: str = ""


@dataclass(frozen=True, slots=True)
class StartArguments(Arguments):
    """`workflow` is its file's name; `no_cache`: build without the layer cache; `repository` as above."""

    workflow: str
    no_cache: bool = False
    repository: str = ""
