"""Texts of `stats`: the figures, each with how many it is made of, and bars that fit forty columns."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from bot.words.registry import Text, reply_text
from commands.stats import StatsTable
from deploy.core.units import age, plural, roughly
from deploy.stats.periods import DAY
from deploy.stats.times import FEW

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.stats.builds import Builds, Health
    from deploy.stats.stats import Lead, Stats
    from deploy.stats.times import Times

WIDEST = 14  # characters of a bar
BAR = "▇"
SPARKS, FAILED = "▁▂▃▄▅▆▇█", "✗"
WEEK = 7 * DAY


@reply_text.register(StatsTable)
def _stats(reply: StatsTable, fmt: Format) -> Text:
    it = reply.stats
    lines = [
        _head(it, fmt),
        *(f"{fmt.bold(name)}: {fmt.escape(value)}" for name, value in figures(it)),
        *_bars(f"Deploys by {it.by}", ((each.day, each.deploys, each.failed) for each in it.recorded), fmt),
        *(f"{fmt.bold(fmt.escape(each.workflow))}: {fmt.escape(builds(each))}" for each in it.builds),
        *_bars(f"Builds by {it.by}", ((each.day, each.good + each.bad, each.bad) for each in it.listed), fmt),
        *(fmt.escape(each) for each in notes(it)),
    ]
    return "\n".join(lines), ()


def _head(it: Stats, fmt: Format) -> str:
    return f"{fmt.bold(fmt.escape(it.target))}, {fmt.escape(_period(it))}"


def heading(it: Stats) -> str:
    """What the figures are of, as plain text."""
    return f"{it.target}, {_period(it)}"


def _period(it: Stats) -> str:
    return f"the last {plural(max(1, round((it.now - it.since) / DAY)), 'day')}{_since(it)}"


def _since(it: Stats) -> str:
    if not it.record:
        return ": fisk's record of operations is empty"
    return f", since {it.record_day}, when fisk's record begins" if it.record_day else ""


# --- the four figures


def figures(it: Stats) -> Iterator[tuple[str, str]]:
    """Each with its name."""
    yield "Deploys", _deploys(it)
    yield "Lead time", _lead(it.lead)
    yield "Change failure rate", _failures(it)
    yield "Time to restore", _restored(it)


def _deploys(it: Stats) -> str:
    rate = f", about {it.deploys / it.covered * WEEK:.1f} a week" if _enough(it) else ""
    back = f"; {plural(it.back, 'way')} back" if it.back else ""
    return f"{it.deploys or 'none'}{rate}{back}"


def _enough(it: Stats) -> bool:
    """Whether there is a rate in it: enough of them, over at least a week."""
    return it.deploys >= FEW and it.covered >= WEEK


def _lead(lead: Lead) -> str:
    of = "push to running" if lead.source == "pushes" else "the build's beginning to running"
    return (
        _times(lead.took, "commit", of) or "not known" * bool(lead.unknown) or "no commit was newly deployed"
    )


def _failures(it: Stats) -> str:
    of = f"{it.failed} of {plural(it.deploys, 'deploy')}"
    if not it.deploys:
        return "nothing was deployed"
    return f"{it.failed / it.deploys:.0%} ({of})" if it.deploys >= FEW else f"{of}, too few for a rate"


def _restored(it: Stats) -> str:
    left = f"{it.broken} not restored by fisk yet" if it.broken else ""
    told = _times(it.restore, "failed deploy", "failing to running again")
    return "; ".join(part for part in (told, left) if part) or "nothing failed"


def _times(it: Times, noun: str, of: str) -> str:
    """`median 42 min, 9 of 10 within 3 h (31 commits, push to running)`; empty where there is none."""
    if it.usual:
        return f"median {took(it.usual.p50)}, 9 of 10 within {took(it.usual.p90)} ({plural(it.count, noun)}, {of})"
    each = ", ".join(map(took, it.few))
    return f"{each} ({plural(it.count, noun)}, {of}; too few for a median)" if each else ""


def took(seconds: float) -> str:
    """In the precision that matters for a figure."""
    return roughly(seconds) if seconds < 10 * 3600 else age(seconds)


# --- builds


def builds(it: Builds) -> str:
    """`14 of 15 good, 2 at a later attempt; median 18 min, 9 of 10 within 22 min (12 builds, start to end)`."""
    over = it.good + it.bad
    if not over:
        return "no build"
    again = f", {it.again} at a later attempt" if it.again else ""
    long = _times(it.took, "build", "good at once")
    return f"{it.good} of {over} good{again}" + (f"; {long}" if long else "")


# --- bars


Row = tuple[str, int, int]  # a day, how many, and how many of them were bad


def _bars(title: str, rows: Iterable[Row], fmt: Format) -> Iterator[str]:
    """None where there is nothing to show."""
    found = tuple(rows)
    most = max((count for _, count, _ in found), default=0)
    if most:
        yield title
        yield fmt.code("\n".join(_row(row, most) for row in found))


def _row(row: Row, most: int) -> str:
    day, count, bad = row
    bar = BAR * (max(1, round(count / most * WIDEST)) if count else 0)
    failed = f", {bad} failed" if bad else ""
    return f"{day:>6} {bar} {count}{failed}" if count else f"{day:>6} 0"


def sparks(durations: Sequence[float]) -> str:
    """`▂▂✗▅`: each as high as it took, and `✗` for one that failed, which is 0."""
    most = max(durations, default=0) or 1
    return "".join(
        SPARKS[max(0, math.ceil(each / most * len(SPARKS)) - 1)] if each > 0 else FAILED for each in durations
    )


def of_week(it: Health | None, fmt: Format) -> list[str]:
    """How the week's builds fared, with the newest as bars as high as they took; none where it is not known."""
    if it is None:
        return []
    of = "this week" if it.whole else "among the week's newest"
    told = f"{it.good} of {it.good + it.bad} good {of}" if it.good + it.bad else "none this week"
    long = f", median {took(it.took.usual.p50)}" if it.took.usual else ""
    return [" ".join(part for part in (fmt.bold("builds"), sparks(it.newest), told + long) if part)]


# --- what the figures leave out


def notes(it: Stats) -> Iterator[str]:
    """Each as a sentence."""
    yield from _unknown(it.lead)
    if it.past_fisk:
        made = plural(it.past_fisk, "deployment")
        yield f"Not in it: {made} in Coolify past fisk."
    for each in it.builds:
        if each.since:
            yield f"{each.workflow}: GitHub listed only the newest builds."
    for each_missing in it.missing:
        yield f"Not all is known: {each_missing.why} {each_missing.hint}".strip()


def _unknown(lead: Lead) -> Iterator[str]:
    if not lead.unknown:
        return
    why = (
        "GitHub lists the newest hundred pushes."
        if lead.source == "pushes"
        else "GitHub does not tell pushes, and only a push's last commit has a build."
    )
    yield f"When {plural(lead.unknown, 'more commit')} came to the branch is not known: {why}"
