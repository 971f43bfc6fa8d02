"""doctor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import click

from commands.grammar.syntax import Invocation, verb


@dataclass(frozen=True, slots=True)
class Doctor(Invocation):
    """`every`: list the rules that hold, too."""

    every: bool
    as_json: bool
    verb: ClassVar[str] = "see the doctor"


@verb("doctor")
@click.option("--all", "every", is_flag=True, help="the rules that hold, too")
@click.option("--json", "as_json", is_flag=True, help="one JSON object, for machines")
def doctor(*, every: bool, as_json: bool) -> Doctor:
    """Every rule of the build authority, checked."""
    return Doctor(every, as_json)
