"""The click command tree for Slack and the terminal. Its callbacks only parse, into a frozen Invocation.

It imports nothing heavy, so that `fisk help` answers at once.
"""

from __future__ import annotations

from commands.grammar.line import Help, again, help_lines, parse, tree, usage
from commands.grammar.syntax import DEFAULT_TARGET, Invocation, is_commit

__all__ = [
    "DEFAULT_TARGET",
    "Help",
    "Invocation",
    "again",
    "help_lines",
    "is_commit",
    "parse",
    "tree",
    "usage",
]
