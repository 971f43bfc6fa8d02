"""What deploys, rollbacks and waits are asked for with."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.core.model import Arguments, short


@dataclass(frozen=True, slots=True)
class Shipping(Arguments):
    """`ref` is a commit's prefix, `latest`, or empty for whatever a rollback finds."""

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
    """`force` passes the gates that may be passed."""

    force: bool = False


@dataclass(frozen=True, slots=True)
class RollbackArguments(Shipping):
    """Without `ref`, to the last release that was proven."""


@dataclass(frozen=True, slots=True)
class WaitArguments(Shipping):
    """Those of the deploy that is begun in the end."""

    force: bool = False
