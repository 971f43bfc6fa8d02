"""Arguments of deploys, rollbacks, waits and what is to be deployed later."""

from __future__ import annotations

from dataclasses import field

from deploy.core.model import Arguments, Failure, short
from deploy.core.units import instant
from deploy.core.values import dataclass

SHIPS = frozenset({"deploy", "rollback", "promote", "follow"})  # the kinds that change what a target runs


@dataclass(frozen=True, slots=True)
class Shipping(Arguments):
    """`ref` is a commit's prefix, `latest`, or empty for a rollback to the last release."""

    target: str
    ref: str = ""

    @property
    def what(self) -> str:
        return short(self.ref)

    @property
    def place(self) -> str:
        return self.target


@dataclass(frozen=True, slots=True)
class DeployArguments(Shipping):
    """`force` overrides the gates that can be overridden."""

    force: bool = False


@dataclass(frozen=True, slots=True)
class RollbackArguments(Shipping):
    """Without `ref`, to the last proven release. `force`: past a deployment of Coolify's that hangs, too."""

    force: bool = False


@dataclass(frozen=True, slots=True)
class WaitArguments(Shipping):
    """The arguments of the deploy that follows the wait.

    `newest`: it lets a newer one that waits for the same target go in its place.
    """

    force: bool = False
    newest: bool = False


@dataclass(frozen=True, slots=True)
class LaterArguments(Shipping):
    """The arguments of the deploy that begins `at` a time, by the store's clock. `wait`: in line, then."""

    force: bool = False
    newest: bool = False
    at: float = 0
    wait: bool = False

    @property
    def when(self) -> str:
        return instant(self.at)


@dataclass(frozen=True, slots=True)
class BakeArguments(Shipping):
    """What goes on to be checked after a deploy: `ref` is its whole commit, and it runs as `digest`.

    Attributes:
        deploy: the operation that deployed it.
        until: when it is proven, in seconds by the store's clock.
    """

    deploy: str = ""
    digest: str = ""
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class PutBackArguments(Shipping):
    """What is put back: the deploy of `ref`, which runs as `digest`, for an error that showed later."""

    deploy: str = ""
    digest: str = ""
    error: Failure = field(default_factory=lambda: Failure("", ""))

    @property
    def passes(self) -> tuple[str, ...]:
        """It is the end of a deploy that was allowed to begin; a person's hold stops it, the calendar does not."""
        return ("freeze",)
