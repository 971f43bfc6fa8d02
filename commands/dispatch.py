"""Text → Invocation → allowed? → a reply, or an operation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commands import (  # noqa: F401 (imported for what they run)
    access,
    buildkit,
    builds,
    deploys,
    doctor,
    env,
    help as help_command,
    history,
    incidents,
    locks,
    logs,
    notices,
    runner,
    status,
)
from commands.request import COMMANDS, Request, Run
from deploy.core import errors
from deploy.engine.audit import Entry

if TYPE_CHECKING:
    from commands.access import Policy
    from commands.grammar import Invocation
    from commands.reply import Reply
    from deploy.world import World


__all__ = ["COMMANDS", "command", "dispatch"]


def command(asked: Invocation) -> Run:
    """The handler of this kind of Invocation."""
    return COMMANDS[type(asked)]


async def dispatch(request: Request, world: World, policy: Policy) -> Reply:
    """Run a command if its actor is allowed to.

    Raises:
        errors.NotAllowed, errors.ChannelNotAllowed: they are not; the attempt is in the audit log.
        errors.FiskError: the command refuses or fails.
    """
    asked = request.invocation
    channel = request.origin.channel if request.origin.kind == "slack" else ""
    target = str(getattr(asked, "to", "") or getattr(asked, "target", ""))
    decision = access.decide(
        policy,
        request.actor,
        changes=asked.changes,
        confidential=asked.confidential,
        target=target,
        channel=channel,
    )
    if not decision.allowed:
        await world.memory.audit.write(_refused(request, decision.why, await world.memory.now()))
        raise _refusal(request, policy, channel=decision.channel)
    return await command(asked)(asked, replace(request, decided=decision.why), world)


def _refusal(request: Request, policy: Policy, *, channel: bool) -> errors.Refusal:
    if channel:
        return errors.ChannelNotAllowed(
            verb=request.invocation.verb,
            channel=request.origin.channel,
            channels=", ".join(sorted(policy.channels)),
        )
    return errors.NotAllowed(verb=request.invocation.verb, actor=request.actor.id)


def _refused(request: Request, why: str, at: float) -> Entry:
    return Entry(
        at=at,
        actor=request.actor,
        origin=request.origin,
        what=request.line,
        decided=why,
        outcome="not_allowed",
        operation="",
    )
