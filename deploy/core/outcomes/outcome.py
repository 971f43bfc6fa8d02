"""The base of all outcomes. They carry no text for people: bot/words renders them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

from deploy.core.values import dataclass

Status = Literal["done", "failed", "refused", "cancelled"]


@dataclass(frozen=True, slots=True)
class Outcome(ABC):
    """How an operation ends. The field `outcome` is the tag of the kind of outcome."""

    @property
    @abstractmethod
    def status(self) -> Status:
        """Which of the four ways of ending it is."""

    @property
    def tag(self) -> str:
        return str(getattr(self, "outcome", ""))
