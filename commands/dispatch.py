"""Text → Invocation → allowed? → a reply, or an operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from commands import (
    access,
    grammar,
)
from commands.replies import Reply
from commands.request import Request
from deploy import errors
from deploy.loading import loaded
from deploy.state.record import Entry
from deploy.world import World

if TYPE_CHECKING:
    from commands.access import Policy

Run = Callable[[Any, Request, World], Awaitable[Reply]]


# Each as module and function below commands/, loaded when it is first asked for.
COMMANDS: Mapping[type[grammar.Invocation], str] = {
    grammar.Status: "chain.glance",
    grammar.Where: "chain.where",
    grammar.Builds: "builds.table",
    grammar.ShowBuild: "builds.show",
    grammar.RerunBuild: "builds.rerun",
    grammar.CancelBuild: "builds.cancel",
    grammar.StartBuild: "builds.start",
    grammar.ShowRunners: "chain.show_runners",
    grammar.Deploy: "deploy.run",
    grammar.Rollback: "rollback.run",
    grammar.EnvList: "env.table",
    grammar.EnvDiff: "env.difference",
    grammar.EnvCopy: "env.copy",
    grammar.EnvResume: "env.resume",
    grammar.EnvUndo: "env.undo",
    grammar.BuildKitStatus: "builder.status",
    grammar.BuildKitLogs: "builder.logs",
    grammar.RestartBuildKit: "builder.restart",
    grammar.RecreateBuildKit: "builder.recreate",
    grammar.RestartRunner: "builder.restart_runner",
    grammar.Lock: "locks.lock",
    grammar.Unlock: "locks.unlock",
    grammar.Locks: "locks.table",
    grammar.History: "history.history",
    grammar.ShowOperation: "history.show",
    grammar.Cancel: "history.cancel",
    grammar.Changes: "incidents.changes",
    grammar.Timeline: "incidents.timeline",
    grammar.Doctor: "doctor.run",
    grammar.ShowNotify: "notify.show",
    grammar.SetNotify: "notify.change",
    grammar.Help: "help.run",
}


def command(asked: grammar.Invocation) -> Run:
    """What runs a line of this kind."""
    run: Run = loaded(f"commands.{COMMANDS[type(asked)]}")
    return run


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
        await world.record.write(_refused(request, decision.why, await world.now()))
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
