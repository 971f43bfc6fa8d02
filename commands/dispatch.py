"""Text → Invocation → allowed? → a reply, or an operation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commands import (  # noqa: F401 (imported for what they run)
    audit,
    buildkit,
    builds,
    deploys,
    doctor,
    env,
    help as help_command,
    history,
    incidents,
    line,
    locks,
    logs,
    memory,
    notices,
    releases,
    replicas,
    runner,
    stats,
    status,
)
from commands.access import act_of, allow
from commands.request import COMMANDS, Request, Run

if TYPE_CHECKING:
    from commands.grammar import Invocation
    from commands.reply import Reply
    from deploy.world import World


__all__ = ["COMMANDS", "command", "dispatch"]


def command(asked: Invocation) -> Run:
    """The handler of this kind of Invocation."""
    return COMMANDS[type(asked)]


async def dispatch(request: Request, world: World) -> Reply:
    """Run a command if its actor is allowed to.

    Raises:
        NotAllowed, MayNotLook: they are not; the attempt is in the audit log.
        errors.FiskError: the command refuses or fails.
    """
    asked = request.invocation
    decided = await allow(request, world, act_of(asked, world.targets))
    return await command(asked)(asked, replace(request, decided=decided), world)
