"""Texts of deploys to a group: the gates' verdicts and the outcomes, a line for each target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.deploys import verdict_line
from bot.words.news import sentences
from bot.words.registry import Text, log, outcome_offers, outcome_text, reply_text
from commands.groups import GroupJudged, JudgedPart
from deploy.core.model import Dialog, Offer, Operation, short
from deploy.core.units import minutes, plural
from deploy.deploys.outcomes import Deployed, NotPutBack, PutBack
from deploy.groups.arguments import GroupArguments
from deploy.groups.outcomes import GroupDeployed, GroupPutBack

if TYPE_CHECKING:
    from bot.words.format import Format


@reply_text.register(GroupJudged)
def _judged(reply: GroupJudged, fmt: Format) -> Text:
    first = "Would refuse" if reply.refused else "Would deploy"
    nothing = "" if reply.refused else " Nothing was changed."
    lines = [line for part in reply.parts for line in _part(part, fmt)]
    return "\n".join([fmt.escape(f"{first} {reply.group}.{nothing}"), *lines]), reply.offers


def _part(part: JudgedPart, fmt: Format) -> list[str]:
    sha, target = short(part.commit.sha), part.target.name
    if part.report.changes_nothing:
        return [fmt.escape(f"{target} runs {sha} already, and stays as it is.")]
    title = f"{sha} “{fmt.literal(part.commit.title)}” to {target}:"
    return [fmt.escape(title), *(verdict_line(each, fmt) for each in part.report.verdicts)]


@outcome_text.register(GroupDeployed)
def _deployed(it: GroupDeployed, _operation: Operation, fmt: Format) -> str:
    first = f"{it.group}: {plural(len(it.parts), 'target')} deployed in {minutes(it.seconds)}, all healthy."
    stay = (f"• {target} ran {short(sha)} already." for target, sha in it.unchanged)
    return "\n".join([fmt.escape(first), *(_runs(part, fmt) for part in it.parts), *map(fmt.escape, stay)])


def _runs(it: Deployed, fmt: Format) -> str:
    proof = "proven by digest" if it.proof == "digest" else "not proven by digest"
    since = f", {plural(len(it.commits), 'commit')} since {short(it.previous)}" if it.previous else ""
    notes = "".join(f"\n  Note: {each}" for each in it.warnings)
    return fmt.escape(f"• {it.target} runs {short(it.sha)}, {proof}{since}.{notes}")


@outcome_text.register(GroupPutBack)
def _put_back(it: GroupPutBack, _operation: Operation, fmt: Format) -> str:
    names = ", ".join(each.target for each in it.failed)
    stopped = it.status == "cancelled"
    first = f"{it.group}: stopped at {names}" if stopped else f"{it.group}: {names} failed"
    untouched = [f"• {name} was not started." for name in it.untouched]
    told = [f"{first}; {_left(it)}.", *map(_failed, it.failed), *map(_back, it.back), *untouched]
    return fmt.escape("\n".join(told))


def _left(it: GroupPutBack) -> str:
    lost = [each.target for each in (*it.failed, *it.back) if isinstance(each, NotPutBack)]
    if lost:
        return f"{', '.join(lost)} could not be put back"
    return "what ran before runs again"


def _failed(it: PutBack | NotPutBack) -> str:
    return f"• {it.target}: {sentences(it.error.sentence, _now(it), it.error.hint)}"


def _back(it: PutBack | NotPutBack) -> str:
    taken = ", and taken back" if isinstance(it, PutBack) else ""
    return f"• {it.target} was deployed{taken}. {_now(it)}"


def _now(it: PutBack | NotPutBack) -> str:
    """What it runs now, as far as that is known."""
    health = "healthy" if it.healthy else "NOT healthy"
    if isinstance(it, PutBack):
        proven = f" (not proven: {it.unproven.rstrip('.')})" if it.unproven else ""
        return f"It runs {short(it.sha)} again, {health}{proven}.{_stays(it)}"
    runs = f"it runs {short(it.runs)}" if it.runs else "nobody can name what it runs"
    why = it.why.sentence.rstrip(".")
    return f"{short(it.wanted)} could not be put back ({why}); {runs}, and is {health}.{_stays(it)}"


def _stays(it: PutBack | NotPutBack) -> str:
    """What going back does not take back."""
    stay = "which stays" if it.migrations == 1 else "which stay"
    return f" It brought {plural(it.migrations, 'migration')}, {stay}." if it.migrations else ""


@outcome_offers.register(GroupDeployed)
def _offers_after(_it: GroupDeployed, operation: Operation) -> tuple[Offer, ...]:
    return (log(operation),)


@outcome_offers.register(GroupPutBack)
def _offers_back(it: GroupPutBack, operation: Operation) -> tuple[Offer, ...]:
    asked = operation.arguments
    lost = [each.target for each in (*it.failed, *it.back) if isinstance(each, NotPutBack)]
    looks = tuple(Offer(f"Status of {name}", f"status {name}") for name in lost[:2])
    again = (_again(asked),) if isinstance(asked, GroupArguments) and not lost else ()
    return (log(operation), *looks, *again)


def _again(asked: GroupArguments) -> Offer:
    line = f"deploy {' '.join(f'{name}={short(sha)}' for name, sha in asked.parts)} --to {asked.group}"
    if not asked.force:
        return Offer("Try again", line)
    dialog = Dialog(
        f"Deploy {asked.what} again, past the gates that refuse it?",
        f"Deploy {asked.group}",
        "Leave it as it is",
    )
    return Offer("Try again", f"{line} --force", danger=True, asks=dialog)
