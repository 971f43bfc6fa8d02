"""Replies of commands, as values: those that commands share. Others are defined beside their command."""

from __future__ import annotations

from typing import ClassVar

from deploy.core.model import Failure, Offer, Operation
from deploy.core.values import dataclass


class Reply:
    """The base of all replies; bot/words renders each.

    `public`: everybody in the channel sees it. `confidential`: only the person who asked sees it.
    """

    __slots__ = ()
    public: ClassVar[bool] = False
    confidential: ClassVar[bool] = False

    @property
    def refused(self) -> bool:
        """Whether the command was refused, so that nothing was begun."""
        return False

    @property
    def failed(self) -> bool:
        """Whether it reports a failure, which also sets the terminal's exit status."""
        return False


@dataclass(frozen=True, slots=True)
class Started(Reply):
    """An operation has begun; its progress appears in its live message."""

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
    """A question with both answers; nothing was done yet. `keep`: what no leaves, as in `Keep 9c41d07`."""

    question: str
    offer: Offer
    keep: str
