"""help [COMMAND]."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.grammar import line as grammar
from commands.grammar.line import help_lines
from commands.reply import Reply
from commands.request import Request, runs
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class HelpText(Reply):
    """Pairs of usage and explanation."""

    lines: tuple[tuple[str, str], ...]
    topic: str = ""


@runs(grammar.Help)
async def run(asked: grammar.Help, _request: Request, _world: World) -> HelpText:
    """The help on all commands, or on one."""
    return HelpText(help_lines(asked.topic), asked.topic)
