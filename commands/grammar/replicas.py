"""replicas."""

from __future__ import annotations

from dataclasses import dataclass

from commands.grammar.syntax import Invocation, verb


@verb("replicas", "see replicas")
@dataclass(frozen=True, slots=True)
class Replicas(Invocation):
    """Which bots are alive, since when, of which version, and what each runs."""
