"""A line that somebody typed, with who and where."""

from __future__ import annotations

from dataclasses import dataclass

from commands.grammar import Invocation
from deploy.core.model import Actor, Origin


@dataclass(frozen=True, slots=True)
class Request:
    """`line` is the line as typed, for the record; `decided` says why it was let through."""

    invocation: Invocation
    line: str
    actor: Actor
    origin: Origin
    decided: str = ""
