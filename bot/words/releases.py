"""Texts of `follow`, and what outcomes say of what was begun by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.registry import Text, reply_text
from commands.releases import FollowTable, Standing, Switched
from deploy.access.refusing import name
from deploy.core.freeze import RULE
from deploy.core.model import Offer, Operation, short
from deploy.core.units import age, plural
from deploy.releases.arguments import FollowArguments

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.core.model import Actor
    from deploy.releases.following import Following, Stopped


@reply_text.register(FollowTable)
def _table(reply: FollowTable, fmt: Format) -> Text:
    lines = [fmt.escape(_standing(each, reply)) for each in reply.targets]
    stopped = (each.target for each in reply.targets if each.how and each.how.stopped)
    return "\n".join(lines) or "fisk.toml names no target.", tuple(map(follow_again, stopped))


def _standing(it: Standing, reply: FollowTable) -> str:
    if it.how is None:
        off = f", since {_called(it.off)} switched it off" if it.off else ""
        return f"{it.target} does not follow{off}. `/fisk follow {it.target} on` lets it."
    how = f"{it.target} follows {it.branch} (by {_called(it.how.by)})"
    return f"{how}: {'; '.join(_state(it, it.how, reply.now))}."


def _called(actor: Actor) -> str:
    return actor.name if actor == RULE else name(actor)


def _state(it: Standing, how: Following, now: float) -> list[str]:
    told = [_stopped(how.stopped, now)] if how.stopped else []
    if how.wants:
        why = "" if how.stopped else f": {it.waits.rstrip('.')}" if it.waits else ", and is about to begin"
        told.append(f"{short(how.wants.sha)} waits{why}")
    if how.passed:
        told.append(f"skipped {', '.join(map(short, how.passed))}")
    if not told and how.done and how.operation:
        told.append(f"the last was {short(how.done.sha)}, as {how.operation}")
    return told or ["no good build since"]


def _stopped(stopped: Stopped, now: float) -> str:
    return f"stopped, since {stopped.operation} was put back {age(now - stopped.at)} ago"


@reply_text.register(Switched)
def _switched(reply: Switched, fmt: Format) -> Text:
    who, target = fmt.person(reply.by), fmt.escape(reply.target)
    if not reply.on:
        return f"{who} switched it off: {target} gets no build by itself.", (follow_again(reply.target),)
    first = fmt.escape(f" {short(reply.wants)} is the first.") if reply.wants else ""
    text = f"{who} switched it on: {target} gets each good build of {fmt.escape(reply.branch)}.{first}"
    return text, (Offer("Switch it off", f"follow {reply.target} off"),)


def follow_again(target: str) -> Offer:
    return Offer("Follow again", f"follow {target} on")


def passed_over(operation: Operation) -> str:
    """The builds that one overtook while they waited; empty where there are none."""
    asked = operation.arguments
    if not isinstance(asked, FollowArguments) or not asked.passed:
        return ""
    were = "was" if len(asked.passed) == 1 else "were"
    names = ", ".join(short(sha) for sha in asked.passed)
    return f"{plural(len(asked.passed), 'build')} {were} skipped, overtaken while waiting: {names}."


def stopped_by(operation: Operation) -> str:
    """What a put-back does to a target that follows; empty for any other operation."""
    if not isinstance(operation.arguments, FollowArguments):
        return ""
    target = operation.arguments.target
    return f"{target} follows again when somebody says so: `/fisk follow {target} on`."


def on_again(operation: Operation) -> tuple[Offer, ...]:
    """The button that says so."""
    asked = operation.arguments
    return (follow_again(asked.target),) if isinstance(asked, FollowArguments) else ()
