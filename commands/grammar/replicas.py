"""replicas."""

from __future__ import annotations

from commands.grammar.syntax import Invocation, verb
from deploy.core.values import dataclass


@verb("replicas", "see replicas")
@dataclass(frozen=True, slots=True)
class Replicas(Invocation):
    """Which bots are alive, since when, of which version, and what each runs."""
