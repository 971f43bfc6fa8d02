"""Arguments of deploys, rollbacks and waits."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.core.model import Arguments, short


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
    """The arguments of the deploy that follows the wait."""

    force: bool = False
