"""What every outcome of an operation is. No prose: bot/words has that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["done", "failed", "refused", "cancelled"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an operation ends. Each kind of outcome has a tag of its own in the field `outcome`."""

    @property
    def status(self) -> Status:
        """Which of the four ways of ending it is."""
        raise NotImplementedError

    @property
    def tag(self) -> str:
        return str(getattr(self, "outcome", ""))
