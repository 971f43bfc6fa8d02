"""Arguments of deploys, rollbacks, waits and what is to be deployed later."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.core.model import Arguments, short
from deploy.core.units import instant


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
