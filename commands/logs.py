"""logs TARGET [N] [--since 10m | --of DEPLOYMENT]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from commands.grammar import logs as grammar
from commands.reply import Reply
from commands.request import Request, runs
from deploy.logs.tail import Tail, printed, tail

if TYPE_CHECKING:
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class AppLog(Reply):
    """`since`: the age limit of lines in seconds; 0 for none."""

    target: str
    tail: Tail
    since: int
    confidential: ClassVar[bool] = True


@runs(grammar.Logs)
async def logs(asked: grammar.Logs, _request: Request, world: World) -> AppLog:
    """The last lines that the app printed. Raises errors.UnknownTarget, and what `tail` and `printed` raise."""
    target = world.targets.named(asked.target)
    if asked.deployment:
        return AppLog(target.name, await printed(world, target, asked.deployment, asked.lines), 0)
    since = await world.memory.now() - asked.since if asked.since else 0.0
    return AppLog(target.name, await tail(world, target, asked.lines, since), asked.since)
