"""memory, memory accept."""

from __future__ import annotations

from commands.grammar.syntax import Family, Invocation, verb
from deploy.core.values import dataclass


@verb("show", "see how fisk's memory is")
@dataclass(frozen=True, slots=True)
class Memory(Invocation):
    """The servers of fisk's memory: whether all that it writes would outlive one of them."""


@verb("accept", "accept a memory that was emptied", "locks")
@dataclass(frozen=True, slots=True)
class Accept(Invocation):
    """Go on with a memory that was emptied, or is another one than before."""


memory = Family("memory", "What fisk remembers by.", (Memory, Accept), default="show")
