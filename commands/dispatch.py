"""Text → Invocation → allowed? → a reply, or an operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from commands import (
    access,
    buildkit,
    builds,
    deploys,
    doctor,
    env,
    grammar,
    history,
    incidents,
    locks,
    notices,
    runner,
    status,
)
from commands import (
    help as help_command,
)
from commands.reply import Reply
from commands.request import Request
from deploy.core import errors
from deploy.engine.audit import Entry
from deploy.world import World

if TYPE_CHECKING:
    from commands.access import Policy

Run = Callable[[Any, Request, World], Awaitable[Reply]]

COMMANDS: Mapping[type[grammar.Invocation], Run] = {
    grammar.Status: status.glance,
    grammar.Where: status.where,
    grammar.Builds: builds.table,
    grammar.ShowBuild: builds.show,
    grammar.RerunBuild: builds.rerun,
    grammar.CancelBuild: builds.cancel,
    grammar.StartBuild: builds.start,
    grammar.ShowRunners: runner.show_runners,
    grammar.Deploy: deploys.deploy,
    grammar.Rollback: deploys.rollback,
    grammar.EnvList: env.table,
    grammar.EnvDiff: env.difference,
    grammar.EnvCopy: env.copy,
    grammar.EnvResume: env.resume,
    grammar.EnvUndo: env.undo,
    grammar.BuildKitStatus: buildkit.status,
    grammar.BuildKitLogs: buildkit.logs,
    grammar.RestartBuildKit: buildkit.restart,
    grammar.RecreateBuildKit: buildkit.recreate,
    grammar.RestartRunner: runner.restart_runner,
    grammar.Lock: locks.lock,
    grammar.Unlock: locks.unlock,
    grammar.Locks: locks.table,
    grammar.History: history.history,
    grammar.ShowOperation: history.show,
    grammar.Cancel: history.cancel,
    grammar.Changes: incidents.changes,
    grammar.Timeline: incidents.timeline,
    grammar.Doctor: doctor.run,
    grammar.ShowNotify: notices.show,
    grammar.SetNotify: notices.change,
    grammar.Help: help_command.run,
}


def command(asked: grammar.Invocation) -> Run:
    """What runs a line of this kind."""
    return COMMANDS[type(asked)]


async def dispatch(request: Request, world: World, policy: Policy) -> Reply:
    """Run a line for whoever asked, if they may.

    Raises:
        errors.NotAllowed, errors.ChannelNotAllowed: they may not; the attempt is on record.
        errors.FiskError: whatever else the command refuses or fails with.
    """
    asked = request.invocation
    channel = request.origin.channel if request.origin.kind == "slack" else ""
    target = str(getattr(asked, "to", "") or getattr(asked, "target", ""))
    decision = access.decide(policy, request.actor, changes=asked.changes, target=target, channel=channel)
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
