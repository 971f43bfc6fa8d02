"""doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from commands.grammar.syntax import Invocation, verb
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.permissions import Permission


@verb("doctor", "see the doctor")
@click.option("--all", "every", is_flag=True, help="the rules that hold, too")
@click.option("--json", "as_json", is_flag=True, help="one JSON object, for machines")
@dataclass(frozen=True, slots=True)
class Doctor(Invocation):
    """Every rule of the build authority, checked.

    `every`: list the rules that hold, too.
    """

    every: bool
    as_json: bool

    @property
    def reads(self) -> Permission | None:
        return "details" if self.every or self.as_json else None
