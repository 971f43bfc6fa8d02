"""The click command tree for Slack and the terminal. Its callbacks only parse, into a frozen Invocation.

It imports nothing heavy, so that `fisk help` answers at once.
"""

from __future__ import annotations

from commands.grammar.line import (
    Help as Help,
    again as again,
    help_lines as help_lines,
    is_group as is_group,
    parse as parse,
    tree as tree,
    usage as usage,
)
from commands.grammar.syntax import (
    DEFAULT_TARGET as DEFAULT_TARGET,
    Invocation as Invocation,
    is_commit as is_commit,
)
from commands.grammar.typed import by_ids as by_ids
