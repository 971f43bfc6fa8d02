"""help [COMMAND], where the edge has not answered it already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands import grammar
from commands.replies import HelpText

if TYPE_CHECKING:
    from commands.request import Request
    from deploy.world import World


async def run(asked: grammar.Help, _request: Request, _world: World) -> HelpText:
    """What there is to ask for."""
    return HelpText(grammar.help_lines(asked.topic), asked.topic)
