"""rollback [TARGET] [SHA]."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands import grammar
from commands.begin import begin

if TYPE_CHECKING:
    from commands.replies import Started
    from commands.request import Request
    from deploy.world import World


async def run(asked: grammar.Rollback, request: Request, world: World) -> Started:
    """Begin a rollback; a single word that is no target's name is a commit."""
    name, ref = _words(asked.words, world)
    target = world.target(name)
    arguments = {"ref": ref.lower(), "target": target.name}
    return await begin(request, world, "rollback", target.resource, arguments, reason=asked.reason)


def _words(words: tuple[str, ...], world: World) -> tuple[str, str]:
    if len(words) == 1 and words[0] not in world.targets and grammar.is_commit(words[0]):
        return grammar.DEFAULT_TARGET, words[0]
    target, ref, *_ = (*words, *(grammar.DEFAULT_TARGET, "")[len(words) :])
    return target, ref
