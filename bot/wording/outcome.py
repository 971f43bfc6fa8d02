"""How an operation ended: the truth first, then what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.events import (
    Abandoned,
    Cancelled,
    Completed,
    Deployed,
    Failed,
    NotPutBack,
    Outcome,
    PutBack,
    Refused,
)
from deploy.model import Commit, Failure, Offer, Operation, short
from deploy.units import minutes, plural

if TYPE_CHECKING:
    from bot.wording.voice import Voice

COMMITS_SHOWN = 20


def told(outcome: Outcome, operation: Operation, voice: Voice) -> str:  # noqa: PLR0911 (one arm for each outcome)
    """The whole outcome, in one to three sentences."""
    match outcome:
        case Deployed():
            return _deployed(outcome, voice)
        case Completed():
            return f"Done: {voice.say(outcome.note)}." if outcome.note else "Done."
        case Refused():
            also = "".join(f"\nAlso: {voice.say(each.sentence)}" for each in outcome.also)
            begun = "" if outcome.error.sentence.startswith("Not started") else "Not begun: "
            return f"{begun}{failure(outcome.error, voice)}{also}"
        case Failed():
            return f"{failure(outcome.error, voice)}\nNothing was changed."
        case PutBack():
            return _put_back(outcome, operation, voice)
        case NotPutBack():
            return _not_put_back(outcome, voice)
        case Cancelled():
            return f"Stopped by {voice.person(outcome.by)} before anything was changed."
        case Abandoned():
            return _abandoned(outcome, voice)


def failure(error: Failure, voice: Voice) -> str:
    """An error's sentence, and its hint."""
    return voice.say(f"{error.sentence} {error.hint}".strip())


def _deployed(it: Deployed, voice: Voice) -> str:
    verb = "Rolled {target} back to {sha}" if it.back else "Deployed {sha} to {target}"
    first = verb.format(sha=short(it.sha), target=voice.say(it.target)) + f" in {minutes(it.seconds)}."
    parts = (first, _proof(it), _unpinned(it), _since(it, voice))
    return " ".join(part for part in parts if part) + _warned(it, voice)


def _proof(it: Deployed) -> str:
    if it.proof == "digest":
        return f"Healthy, and the running image is the registry's ({it.digest[:11]}…)."
    registrys = f"the registry's is {it.digest[:11]}…"
    return f"Healthy; which image the container runs is not proven by digest ({registrys})."


def _unpinned(it: Deployed) -> str:
    return "" if it.pinned else "The app follows `latest` now."


def _since(it: Deployed, voice: Voice) -> str:
    if not it.commits:
        return ""
    since = f" since {short(it.previous)}" if it.previous else ""
    return f"{plural(len(it.commits), 'commit')} by {voice.authors(it.commits)}{since}."


def _warned(it: Deployed, voice: Voice) -> str:
    return voice.say("".join(f"\nNote: {warning}" for warning in it.warnings))


def _put_back(it: PutBack, operation: Operation, voice: Voice) -> str:
    sha = short(it.sha)
    how = f"Put {sha} back" + (" by deploying it again" if it.redeployed else "")
    health = "is healthy" if it.healthy else "is NOT healthy"
    error = f"{it.error.sentence.rstrip('.')}." if not it.cancelled else f"Stopped: {it.error.sentence}"
    hint = f" {it.error.hint}" if it.error.hint and not it.cancelled else ""
    target = operation.arguments.get("target", it.target)
    return voice.say(f"{error} {how}; {target} runs {sha} and {health}.{hint}")


def _not_put_back(it: NotPutBack, voice: Voice) -> str:
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


def _abandoned(it: Abandoned, voice: Voice) -> str:
    where = f" at step {it.step}" if it.step else ""
    return (
        f"{voice.person(it.by)} took its lock away{where} ({voice.say(it.reason)})."
        " What it had begun was left as it was: look at Coolify before you deploy again."
    )


def offers(outcome: Outcome, operation: Operation) -> tuple[Offer, ...]:
    """The next steps that make sense after this outcome."""
    log = Offer("Log", f"op {operation.id}")
    target = operation.arguments.get("target", "")
    match outcome:
        case Deployed(previous=previous) if previous and previous != outcome.sha and not outcome.back:
            return (Offer("Roll back", f"rollback {target} {short(previous)}", danger=True), log)
        case Refused(error=error) | Failed(error=error):
            return (*error.offers, log)
        case PutBack():
            return (log, Offer("Try again", _again(operation)))
        case NotPutBack(wanted=wanted):
            return (Offer("Try to put it back", f"deploy {short(wanted)} --to {target} --force"), log)
    return (log,)


def _again(operation: Operation) -> str:
    if operation.kind == "rollback":
        return f"rollback {operation.arguments['target']} {short(operation.arguments.get('ref', ''))}".strip()
    force = " --force" if operation.arguments.get("force") else ""
    return f"deploy {short(operation.arguments['ref'])} --to {operation.arguments['target']}{force}"


def release_notes(outcome: Outcome, voice: Voice) -> str:
    """The commits that a deploy brought, newest first; empty for every other outcome."""
    if not isinstance(outcome, Deployed) or not outcome.commits:
        return ""
    newest = outcome.commits[::-1]
    lines = [_commit_line(commit, voice) for commit in newest[:COMMITS_SHOWN]]
    more = len(newest) - COMMITS_SHOWN
    return "\n".join([*lines, f"and {more} more"] if more > 0 else lines)


def _commit_line(commit: Commit, voice: Voice) -> str:
    return f"• {short(commit.sha)} {voice.say(commit.title)} · {voice.author(commit)}"
