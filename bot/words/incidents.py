"""Texts of `changes` and `timeline`: recent changes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.words.conclusions import ended
from bot.words.format import TERMINAL, Format
from bot.words.registry import File, Text, outcome_text, reply_file, reply_text
from commands.incidents import ChangesTable, Timeline
from deploy.core.model import Actor, Operation, short
from deploy.core.units import instant, minutes, plural

if TYPE_CHECKING:
    from deploy.engine.audit import Entry
    from deploy.engine.snapshot import Snapshot
    from deploy.incidents.changes import BuildChange, Changes, PastFisk

Moment = tuple[float, str]  # seconds since the epoch, and what happened then


SHOWN = 60  # rows of changes


MOST = 30_000  # characters of a timeline in Slack


UNDER_WAY = {"in_progress": "under way", "queued": "waiting for the runner"}


@reply_text.register(ChangesTable)
def _changes(reply: ChangesTable, fmt: Format) -> Text:
    seen = reply.changes
    rows = sorted(_rows(seen, fmt), key=lambda row: row[0], reverse=True)
    period = minutes(seen.now - seen.since)
    head = (
        f"Changes in the last {period}, newest first:" if rows else f"Nothing changed in the last {period}."
    )
    lines = [f"• {_ago(seen.now - at)}: {text}" for at, text in rows[:SHOWN]]
    if len(rows) > SHOWN:
        lines.append(fmt.escape(f"and {len(rows) - SHOWN} more before: `/fisk timeline` has them all."))
    return "\n".join([head, *lines, *_missing(seen, fmt)]), ()


def _ago(seconds: float) -> str:
    return f"{minutes(seconds)} ago" if seconds >= 1 else "just now"


def _rows(seen: Changes, fmt: Format) -> Iterator[Moment]:
    """Each change with its latest time."""
    for snapshot in seen.operations:
        if snapshot.state == "refused":
            continue  # nothing was changed
        operation = snapshot.operation
        what = f"{_name(operation.actor, fmt)} {_line(operation, fmt)}: {_standing(snapshot, fmt)}"
        yield snapshot.finished or operation.created, f"{what} ({operation.id})"
    for build in seen.builds:
        yield (
            build.ended or build.build.started,
            f"{_build(build, fmt)}: {fmt.escape(_build_standing(build))}",
        )
    for each in seen.past_fisk:
        yield each.deployment.at, _past_fisk(each, fmt)
    for entry in seen.holds:
        yield entry.at, _hold(entry, fmt)


def _standing(snapshot: Snapshot, fmt: Format) -> str:
    """`done in 2 min`, or the failure in one line."""
    if snapshot.outcome is None:
        return f"under way, step {fmt.escape(snapshot.step)}" if snapshot.step else "about to begin"
    if snapshot.state == "done":
        return f"done in {minutes(snapshot.finished - snapshot.operation.created)}"
    return f"{snapshot.state}. {_outcome(snapshot, fmt)}"


def _outcome(snapshot: Snapshot, fmt: Format) -> str:
    assert snapshot.outcome is not None  # noqa: S101 (only what is over has one, and only that is asked for it)
    return " ".join(outcome_text(snapshot.outcome, snapshot.operation, fmt).split())


def _name(actor: Actor, fmt: Format) -> str:
    """The name, not a mention: a list of past actions should notify nobody."""
    return fmt.escape(TERMINAL.person(actor))


def _line(operation: Operation, fmt: Format) -> str:
    return fmt.typed(_flat(operation.line))


def _build(seen: BuildChange, fmt: Format) -> str:
    sha, commit = fmt.escape(short(seen.build.sha)), seen.commit
    if commit is None:
        return f"build of {sha} on {fmt.escape(_flat(seen.build.branch))}"
    return (
        f"build of {sha} “{fmt.escape(_flat(commit.title))}” by {fmt.escape(commit.author or commit.login)}"
    )


def _build_standing(seen: BuildChange) -> str:
    build = seen.build
    if not seen.ended:
        return UNDER_WAY.get(build.status, build.status)
    return f"{ended(build.conclusion)} in {minutes(build.updated - build.started)}"


def _past_fisk(it: PastFisk, fmt: Format) -> str:
    """A deployment that fisk did not start; Coolify records neither the user nor the tag, rarely a commit."""
    of = f" of {short(it.deployment.commit)}" if it.deployment.commit != "HEAD" else ""
    told = f"deployment{of} to {it.target} in Coolify, not by fisk: {it.deployment.status}"
    return fmt.escape(_flat(f"{told} ({it.deployment.shown})"))


def _hold(entry: Entry, fmt: Format) -> str:
    """A lock or unlock; the audit log has the resource, `app:NAME`, people type the target."""
    return f"{_name(entry.actor, fmt)} {fmt.typed(_flat(entry.what).replace(' app:', ' ', 1))}"


def _missing(seen: Changes, fmt: Format) -> list[str]:
    return [fmt.escape(f"Not all is known: {each.why} {each.hint}".strip()) for each in seen.missing]


def _flat(text: str) -> str:
    """One line without backticks, so that text from outside cannot end its code span."""
    return " ".join(text.replace("`", "'").split())


@reply_text.register(Timeline)
def _timeline(reply: Timeline, fmt: Format) -> Text:
    text = markdown(reply.changes)
    if not fmt.slack:
        return text, ()
    lines = text.split("\n")[2:]
    return f"{fmt.escape(_period(reply.changes))}; its times are in UTC:\n{fmt.code(_newest(lines))}", ()


def _period(seen: Changes) -> str:
    return f"Timeline, {instant(seen.since)} to {instant(seen.now)}"


@reply_file.register(Timeline)
def _file(reply: Timeline) -> File:
    text = markdown(reply.changes)
    title, *lines = text.split("\n")
    count = plural(sum(line.startswith("- ") for line in lines), "line")
    return File(
        "timeline.md", title.removeprefix("# "), f"{text}\n", f"{_period(reply.changes)}, {count} (in UTC):"
    )


def _newest(lines: list[str]) -> str:
    """What fits into a message: the newest lines."""
    fitting: list[str] = []
    room = MOST
    while lines and room > len(lines[-1]):
        room -= len(lines[-1]) + 1
        fitting.insert(0, lines.pop())
    note = (
        [f"({plural(len(lines), 'older line')} left out: `fisk timeline` in a terminal has all)"]
        if lines
        else []
    )
    return "\n".join([*note, *fitting])


def markdown(seen: Changes) -> str:
    """The timeline as a Markdown document: names as text, times in UTC, oldest first."""
    moments = sorted(_moments(seen), key=lambda moment: moment[0])
    shown = [moment for moment in moments if moment[0] >= seen.since]
    lines = [f"- {_utc(at)} {text}" for at, text in shown] or ["Nothing changed."]
    title = f"# Timeline, {_utc(seen.since)} to {_utc(seen.now)} (UTC)"
    return "\n".join([title, "", *lines, *(["", *missing] if (missing := _missing(seen, TERMINAL)) else [])])


def _moments(seen: Changes) -> Iterator[Moment]:
    for snapshot in seen.operations:
        operation = snapshot.operation
        who, line = TERMINAL.person(operation.actor), _line(operation, TERMINAL)
        yield operation.created, f"{who} began {line} ({operation.id})"
        if snapshot.outcome is not None:
            told = _flat(_outcome(snapshot, TERMINAL))
            yield snapshot.finished, f"{operation.id} ended, {snapshot.state}: {told}"
    for build in seen.builds:
        what = _build(build, TERMINAL)
        yield build.build.started, f"{what} began"
        if build.ended:
            yield build.ended, f"{what} ended: {_build_standing(build)}"
    for entry in seen.record:
        if not entry.outcome and entry.what.startswith("cancel "):
            yield entry.at, f"{TERMINAL.person(entry.actor)} asked to `{entry.what}`"
    for each in seen.past_fisk:
        yield each.deployment.at, _past_fisk(each, TERMINAL)
    for entry in seen.holds:
        yield entry.at, _hold(entry, TERMINAL)


def _utc(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))
