"""Texts of `deploy` and `rollback`: the gates' verdicts and the outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.checks import passed, to_be_asked
from bot.words.news import because, lines, parted, sentences
from bot.words.registry import Text, log, outcome_offers, outcome_text, reply_text
from bot.words.releases import on_again, passed_over, stopped_by
from commands.deploys import Judged
from commands.grammar.deploys import Deploy, Rollback
from commands.grammar.releases import Promote
from deploy.core.model import LATEST, Commit, Dialog, Offer, Operation, short
from deploy.core.units import minutes, plural
from deploy.deploys.arguments import DeployArguments, RollbackArguments
from deploy.deploys.migrations import Migrations
from deploy.deploys.offers import keep, promoting, to_go_back
from deploy.deploys.outcomes import Deployed, NotPutBack, PutBack
from deploy.groups.outcomes import GroupDeployed
from deploy.releases.arguments import PromoteArguments

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.core.outcomes import Outcome
    from deploy.deploys.gate_report import Verdict


@reply_text.register(Judged)
def _judged(reply: Judged, fmt: Format) -> Text:
    sha, target = short(reply.commit.sha), reply.target.name
    title = fmt.escape(f"{sha} “{fmt.literal(reply.commit.title)}” to {target}")
    lines = [verdict_line(each, fmt) for each in reply.report.verdicts]
    asked = to_be_asked(reply.target, fmt)
    if reply.report.refusals:
        return "\n".join([f"Would refuse {title}:", *lines, *asked]), reply.offers
    return "\n".join([f"Would deploy {title}. Nothing was changed.", *lines, *asked]), reply.offers


def verdict_line(verdict: Verdict, fmt: Format) -> str:
    """`✓ main   on main`."""
    mark = "✗" if verdict.stops else "!" if verdict.warning or verdict.forced else "✓"
    return fmt.escape(f"{mark} {verdict.gate}   {verdict.note}")


COMMITS_SHOWN = 20


@outcome_text.register(Deployed)
def _deployed(it: Deployed, operation: Operation, fmt: Format) -> str:
    how = " again: rolled back" if it.going_back else ": deployed"
    first = f"{it.target} runs {short(it.sha)}{how} in {minutes(it.seconds)}, healthy."
    parts = (
        fmt.escape(_proof(it)),
        passed(it, fmt),
        _unpinned(it),
        _since(it, fmt),
        fmt.escape(passed_over(operation)),
    )
    return f"{fmt.escape(first)}\n{' '.join(part for part in parts if part)}{_warned(it, fmt)}"


def _proof(it: Deployed) -> str:
    if it.proof == "digest":
        return f"The running image is the registry's ({it.digest[:11]}…)."
    why = it.unproven.rstrip(".") or f"the registry's is {it.digest[:11]}…"
    return f"Which image the container runs is not proven by digest ({why})."


def _unpinned(it: Deployed) -> str:
    if not it.pinned:
        return "The app follows `latest` now."
    if not it.followed:
        return ""
    return "It followed `latest` until now; a restart by the build's last job deploys this image again."


def _since(it: Deployed, fmt: Format) -> str:
    if not it.commits:
        return ""
    since = f" since {fmt.escape(short(it.previous))}" if it.previous else ""
    commits = plural(len(it.commits), "commit")
    told = fmt.page(commits, fmt.links.compared(it.previous, it.sha)) if it.previous else commits
    return f"{told} by {fmt.authors(it.commits)}{since}."


def _warned(it: Deployed, fmt: Format) -> str:
    return fmt.escape("".join(f"\nNote: {warning}" for warning in it.warnings))


@outcome_text.register(PutBack)
def _put_back(it: PutBack, operation: Operation, fmt: Format) -> str:
    what, why = ("stopped", "") if it.cancelled else parted(it.error.sentence)
    first = f"{operation.arguments.place or it.target}: {what}; {_is_back(it)}."
    said = (it.error.sentence, "") if it.cancelled else (because(why), it.error.hint)
    return fmt.escape(lines(first, sentences(said[0], *_how_back(it, operation), said[1])))


def _is_back(it: PutBack) -> str:
    health = "healthy" if it.healthy else "NOT healthy"
    return (
        f"{short(it.sha)} was put back, {health}" if it.unproven else f"{short(it.sha)} is back and {health}"
    )


def _how_back(it: PutBack, operation: Operation) -> tuple[str, ...]:
    sha = short(it.sha)
    return (
        f"{sha} was deployed again." if it.redeployed else "",
        f"That it runs is not proven ({it.unproven.rstrip('.')})." if it.unproven else "",
        f"It followed `latest` before and is pinned to {sha} now." if it.pinned else "",
        _brought(it, operation),
        stopped_by(operation),
    )


def _left(it: NotPutBack, operation: Operation) -> tuple[str, ...]:
    return _brought(it, operation), stopped_by(operation)


def _brought(it: PutBack | NotPutBack, operation: Operation) -> str:
    """What going back does not take back."""
    if not it.migrations:
        return ""
    stay = "which stays" if it.migrations == 1 else "which stay"
    return f"{operation.arguments.what or 'It'} brought {plural(it.migrations, 'migration')}, {stay}."


@outcome_text.register(NotPutBack)
def _not_put_back(it: NotPutBack, operation: Operation, fmt: Format) -> str:
    wanted = short(it.wanted)
    runs = f"it still runs {short(it.runs)}" if it.runs else "nobody can name what it runs"
    health = "it is healthy" if it.healthy else "it is NOT healthy"
    trap = ""
    if it.set_to not in {wanted, it.wanted}:
        trap = (
            f", but {it.file or 'Coolify'} is set to {it.set_to}: the next deploy from anywhere would ship it"
        )
    return fmt.escape(
        f"{it.target}: could not put {wanted} back; {runs}, and {health}{trap}."
        f"\n{sentences(it.error.sentence, f'Putting it back failed, too: {it.why.sentence}', *_left(it, operation))}"
        f"\nDo this: {_by_hand(it)}, or use “Try to put it back”."
    )


def _by_hand(it: NotPutBack) -> str:
    if it.file:
        return f"set the variables to `{it.wanted}` in {it.file} and let compose start it there"
    return f"set the tag to `{it.wanted}` in Coolify and deploy it there"


@outcome_offers.register(Deployed)
def _roll_back(it: Deployed, operation: Operation) -> tuple[Offer, ...]:
    onward = _onward(it)
    if not it.previous or it.previous == it.sha or it.going_back:
        return (*onward, *_following(it, operation), log(operation))
    place, sha, runs = operation.arguments.place, short(it.previous), short(it.sha)
    asks = to_go_back(place, sha, runs, len(it.commits), Migrations(over=it.migrations))
    back = Offer("Roll back", f"rollback {place} {sha} --when-ran {runs}", danger=True, asks=asks)
    return (*onward, back, *_following(it, operation), log(operation))


def _onward(it: Deployed) -> tuple[Offer, ...]:
    """Where it may go next."""
    return tuple(promoting(it.target, each.target, short(it.sha), each.runs) for each in it.onward)


def _following(it: Deployed, operation: Operation) -> tuple[Offer, ...]:
    """Where it stopped following `latest`, or was to follow it and does not."""
    asked = operation.arguments
    meant = isinstance(asked, DeployArguments) and asked.ref == LATEST
    if not it.pinned or not (it.followed or meant):
        return ()
    return (_follow(asked.place, short(it.sha)),)


def _follow(place: str, runs: str) -> Offer:
    question = f"{place} runs {runs}, pinned. Deploy the newest image, and let {place} follow latest?"
    asks = Dialog(question, f"Follow {LATEST}", keep(runs))
    return Offer("Follow latest again", f"deploy {LATEST} --to {place} --when-ran {runs}", asks=asks)


@outcome_offers.register(PutBack)
def _try_again(it: PutBack, operation: Operation) -> tuple[Offer, ...]:
    again, follow = _once_more(operation, short(it.sha)), _follow(operation.arguments.place, short(it.sha))
    more = (*it.error.offers, *on_again(operation))
    if not it.pinned:
        return (log(operation), *more, again)
    return (log(operation), *more, follow, *((again,) if follow.command != again.command else ()))


@outcome_offers.register(NotPutBack)
def _try_to_put_it_back(it: NotPutBack, operation: Operation) -> tuple[Offer, ...]:
    place, wanted = operation.arguments.place, short(it.wanted)
    line = f"rollback {place} {wanted}" if it.on_record else f"deploy {wanted} --to {place} --force"
    runs = f"{place} runs {short(it.runs)}" if it.runs else f"Nobody can say what {place} runs"
    question = f"{runs}. Set {'.env' if it.file else 'Coolify'} back to {wanted}, and deploy that?"
    asks = Dialog(question, f"Put {wanted} back", "Leave it as it is")

    return (
        Offer("Try to put it back", line, danger=not it.on_record, asks=asks),
        log(operation),
        *it.error.offers,
        *on_again(operation),
    )


def _once_more(operation: Operation, runs: str) -> Offer:
    """The same line, which asks where it forces."""
    asked, line = operation.arguments, f"{_again(operation)} --when-ran {runs}"
    if not _forces(operation):
        return Offer("Try again", line)
    question = f"{asked.place} runs {runs}. Deploy {asked.what} again, past the gates that refuse it?"
    return Offer("Try again", line, danger=True, asks=Dialog(question, f"Deploy {asked.what}", keep(runs)))


def _forces(operation: Operation) -> bool:
    """Whether it is done with --force, which whoever presses the button is asked about."""
    return bool(getattr(operation.arguments, "force", False))


def _again(operation: Operation) -> str:
    asked, reason = operation.arguments, operation.reason
    if isinstance(asked, RollbackArguments):
        return Rollback((asked.target, asked.what) if asked.ref else (asked.target,), reason).line
    force = _forces(operation)
    if isinstance(asked, PromoteArguments):
        return Promote(
            (asked.source, asked.target), noop=False, force=force, reason=reason, of=asked.ref
        ).line
    return Deploy(asked.what, asked.place, noop=False, force=force, wait=False, reason=reason).line


def release_notes(outcome: Outcome, fmt: Format) -> str:
    """The commits that a deploy brought to each target, newest first; empty for every other outcome."""
    if isinstance(outcome, GroupDeployed):
        told = ((part.target, release_notes(part, fmt)) for part in outcome.parts)
        return "\n".join(f"{fmt.escape(name)}:\n{notes}" for name, notes in told if notes)
    if not isinstance(outcome, Deployed) or not outcome.commits:
        return ""
    newest = outcome.commits[::-1]
    lines = [_commit_line(commit, fmt) for commit in newest[:COMMITS_SHOWN]]
    more = len(newest) - COMMITS_SHOWN
    return "\n".join([*lines, f"and {more} more"] if more > 0 else lines)


def _commit_line(commit: Commit, fmt: Format) -> str:
    return f"• {fmt.escape(f'{short(commit.sha)} {fmt.literal(commit.title)}')} · {fmt.author(commit)}"
