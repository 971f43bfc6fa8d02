"""How a deploy or rollback ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.wording.outcome.telling import log, offers, told
from commands import grammar
from deploy.model import LATEST, Commit, Offer, Operation, short
from deploy.outcomes import Deployed, NotPutBack, PutBack
from deploy.units import minutes, plural

if TYPE_CHECKING:
    from bot.wording.voice import Voice
    from deploy.outcomes import Outcome

COMMITS_SHOWN = 20


@told.register(Deployed)
def _deployed(it: Deployed, _operation: Operation, voice: Voice) -> str:
    verb = "Rolled {target} back to {sha}" if it.back else "Deployed {sha} to {target}"
    first = verb.format(sha=short(it.sha), target=it.target) + f" in {minutes(it.seconds)}."
    parts = (voice.say(first), voice.say(_proof(it)), _unpinned(it), _since(it, voice))
    return " ".join(part for part in parts if part) + _warned(it, voice)


def _proof(it: Deployed) -> str:
    if it.proof == "digest":
        return f"Healthy, and the running image is the registry's ({it.digest[:11]}…)."
    why = it.unproven.rstrip(".") or f"the registry's is {it.digest[:11]}…"
    return f"Healthy; which image the container runs is not proven by digest ({why})."


def _unpinned(it: Deployed) -> str:
    return "" if it.pinned else "The app follows `latest` now."


def _since(it: Deployed, voice: Voice) -> str:
    if not it.commits:
        return ""
    since = f" since {voice.say(short(it.previous))}" if it.previous else ""
    return f"{plural(len(it.commits), 'commit')} by {voice.authors(it.commits)}{since}."


def _warned(it: Deployed, voice: Voice) -> str:
    return voice.say("".join(f"\nNote: {warning}" for warning in it.warnings))


@told.register(PutBack)
def _put_back(it: PutBack, operation: Operation, voice: Voice) -> str:
    sha = short(it.sha)
    how = f"Put {sha} back" + (" by deploying it again" if it.redeployed else "")
    health = "is healthy" if it.healthy else "is NOT healthy"
    error = f"{it.error.sentence.rstrip('.')}." if not it.cancelled else f"Stopped: {it.error.sentence}"
    hint = f" {it.error.hint}" if it.error.hint and not it.cancelled else ""
    target = operation.arguments.get("target", it.target)
    pinned = f" It followed `latest` before and is pinned to {sha} now." if it.pinned else ""
    return voice.say(f"{error} {how}; {target} runs {sha} and {health}.{pinned}{hint}")


@told.register(NotPutBack)
def _not_put_back(it: NotPutBack, _operation: Operation, voice: Voice) -> str:
    wanted = short(it.wanted)
    runs = (
        f"still runs {short(it.runs)}"
        if it.runs
        else f"runs something that nobody can name ({wanted} or the new one)"
    )
    health = "is healthy" if it.healthy else "is NOT healthy"
    trap = ""
    if it.set_to not in {wanted, it.wanted}:
        trap = f", but Coolify is set to {it.set_to}: the next deploy from anywhere would ship it"
    return voice.say(
        f"{it.error.sentence} Could not put {wanted} back: {it.why.sentence}"
        f" {it.target} {runs} and {health}{trap}."
        f"\nDo this: set the tag to {it.wanted} in Coolify and deploy it there,"
        " or use “Try to put it back”."
    )


@offers.register(Deployed)
def _roll_back(it: Deployed, operation: Operation) -> tuple[Offer, ...]:
    if not it.previous or it.previous == it.sha or it.back:
        return (log(operation),)
    line = f"rollback {operation.arguments['target']} {short(it.previous)}"
    return (Offer("Roll back", line, danger=True), log(operation))


@offers.register(PutBack)
def _try_again(it: PutBack, operation: Operation) -> tuple[Offer, ...]:
    again = Offer("Try again", _again(operation))
    follow = Offer("Follow latest again", f"deploy {LATEST} --to {operation.arguments['target']}")
    shown = it.pinned and follow.command != again.command
    return (log(operation), *((follow,) if shown else ()), again)


@offers.register(NotPutBack)
def _try_to_put_it_back(it: NotPutBack, operation: Operation) -> tuple[Offer, ...]:
    line = f"deploy {short(it.wanted)} --to {operation.arguments['target']} --force"
    return (Offer("Try to put it back", line), log(operation))


def _again(operation: Operation) -> str:
    asked, reason = operation.arguments, operation.reason
    target, ref = asked["target"], short(asked.get("ref", ""))
    if operation.kind == "rollback":
        return grammar.Rollback((target, ref) if ref else (target,), reason).line
    force = bool(asked.get("force"))
    return grammar.Deploy(ref, target, noop=False, force=force, wait=False, reason=reason).line


def release_notes(outcome: Outcome, voice: Voice) -> str:
    """The commits that a deploy brought, newest first; empty for every other outcome."""
    if not isinstance(outcome, Deployed) or not outcome.commits:
        return ""
    newest = outcome.commits[::-1]
    lines = [_commit_line(commit, voice) for commit in newest[:COMMITS_SHOWN]]
    more = len(newest) - COMMITS_SHOWN
    return "\n".join([*lines, f"and {more} more"] if more > 0 else lines)


def _commit_line(commit: Commit, voice: Voice) -> str:
    return f"• {voice.say(f'{short(commit.sha)} {commit.title}')} · {voice.author(commit)}"
