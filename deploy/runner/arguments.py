"""What a restart of the runner is asked for with."""

from __future__ import annotations

from deploy.core.model import Arguments
from deploy.core.values import dataclass


@dataclass(frozen=True, slots=True)
class RestartArguments(Arguments):
    """`force`: even while the runner works on a job, which dies."""

    runner: str
    force: bool = False

    @property
    def place(self) -> str:
        return self.runner
