"""What commands answer, as values: what they all share. The rest stands beside the command that gives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from deploy.core.model import Failure, Offer, Operation


class Reply:
    """What every answer is; each has its words in bot/words.

    `public`: everybody in the channel sees it. `confidential`: the asker alone does, wherever they asked.
    """

    __slots__ = ()
    public: ClassVar[bool] = False
    confidential: ClassVar[bool] = False

    @property
    def refused(self) -> bool:
        """Whether what was asked for was not begun."""
        return False

    @property
    def failed(self) -> bool:
        """Whether what it tells is bad news, which a terminal's exit status says too."""
        return False


@dataclass(frozen=True, slots=True)
class Started(Reply):
    """An operation has begun; its own messages tell the rest."""

    operation: Operation


@dataclass(frozen=True, slots=True)
class StartedAll(Reply):
    """Several operations were asked for at once: those that have begun, and why the others have not."""

    operations: tuple[Operation, ...]
    not_begun: tuple[Failure, ...] = ()

    @property
    def refused(self) -> bool:
        return not self.operations


@dataclass(frozen=True, slots=True)
class AskFirst(Reply):
    """A question that a button answers; nothing was done yet."""

    question: str
    offer: Offer
