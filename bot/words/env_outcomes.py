"""The outcome of copying variables, key by key."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from bot.words import variables
from bot.words.registry import log, outcome_offers, outcome_text
from deploy.core.model import Offer, Operation
from deploy.env.outcomes import Became, EnvCopied, EnvHalf, EnvPutBack, Line

if TYPE_CHECKING:
    from bot.words.format import Format

ACTED: frozenset[Became] = frozenset({"copied", "overwritten", "removed"})


REPORT: dict[Became, tuple[str, str]] = {
    "failed": ("✗", "Failed"),
    "differs": ("✗", "Different when read back"),
    "copied": ("✓", "Copied"),
    "overwritten": ("✓", "Overwritten"),
    "removed": ("✓", "Removed"),
    "skipped": ("○", "Left as they are there"),
    "cannot": ("○", "Not copied"),
}


BACK: dict[Became, tuple[str, str]] = {
    "failed": ("✗", "Failed"),
    "differs": ("✗", "Different when read back"),
    "copied": ("✓", "Brought back"),
    "overwritten": ("✓", "Put back"),
    "removed": ("✓", "Removed"),
    "cannot": ("○", "Cannot be put back"),
}


@outcome_text.register(EnvCopied)
def _copied(it: EnvCopied, _operation: Operation, fmt: Format) -> str:
    done = [line for line in it.lines if line.became in ACTED]
    source, target = fmt.escape(it.source), fmt.escape(it.target)
    first = f"{target}: variables copied from {source}, {len(done)} done and read back, {it.same} the same before."
    after = (*_previews_made(it, fmt), *_moved(it.moved, fmt), _effect(it, fmt))
    return "\n".join([first, *_report(it.lines, REPORT, fmt), *after])


def _previews_made(it: EnvCopied, fmt: Format) -> list[str]:
    if not it.previews_made:
        return []
    return [
        f"Removed the previews that Coolify made of these by itself: {variables.keys(it.previews_made, fmt)}"
    ]


def _moved(moved: Sequence[str], fmt: Format) -> list[str]:
    if not moved:
        return []
    keys = variables.keys(moved, fmt)
    return [f"Changed in the source meanwhile, so both sides differ again: {keys}. Copy once more."]


def _effect(it: EnvCopied, fmt: Format) -> str:
    if it.not_deployed:
        return f"The deploy afterwards failed: {fmt.failure(it.not_deployed)} The variables are copied all the same."
    if it.deployed:
        return f"Deployed {fmt.escape(it.deployed)}, so they are in effect."
    return "They take effect at the next deploy."


@outcome_text.register(EnvHalf)
def _half(it: EnvHalf, _operation: Operation, fmt: Format) -> str:
    bad = sum(line.bad for line in it.lines)
    what = (
        "putting back its variables" if it.going_back else f"copying variables from {fmt.escape(it.source)}"
    )
    first = f"{fmt.escape(it.target)}: {what} stopped half way, {bad} of {_acts(it.lines)} not as planned."
    if it.cancelled:
        first = f"{fmt.escape(it.target)}: {what} was stopped and could not be taken back."
    why = [fmt.failure(it.error)] if it.error else []
    table = BACK if it.going_back else REPORT
    return "\n".join([first, *why, *_report(it.lines, table, fmt), *_moved(it.moved, fmt)])


def _acts(lines: Sequence[Line]) -> int:
    return sum(line.became not in {"skipped", "cannot"} for line in lines)


@outcome_text.register(EnvPutBack)
def _put_back(it: EnvPutBack, _operation: Operation, fmt: Format) -> str:
    bad = sum(line.bad or line.became == "cannot" for line in it.lines)
    target, base = fmt.escape(it.target), fmt.escape(it.base)
    stopped = "stopped; " if it.cancelled else ""
    but = f", but for {bad}" if bad else ", read back"
    first = f"{target}: {stopped}its variables are as they were before {base}{but}."
    acted = any(line.became in ACTED for line in it.lines)
    after = ["They take effect at the next deploy."] if acted and not it.cancelled else []
    return "\n".join([first, *_report(it.lines, BACK, fmt), *after])


def _report(lines: Sequence[Line], table: dict[Became, tuple[str, str]], fmt: Format) -> list[str]:
    """Failures first, then the rest, a line per key."""
    text = []
    for became, (mark, title) in table.items():
        rows = [line for line in lines if line.became == became]
        if rows:
            text.append(f"{title}: {len(rows)}")
            text += variables.listed(mark, _merged(rows), fmt)
    return text


def _merged(rows: Sequence[Line]) -> list[str]:
    lines = []
    for (_, why), same in groupby(rows, lambda row: (row.key, row.why)):
        lines += [f"{name}   {why}" if why else name for name in variables.named(same)]
    return lines


@outcome_offers.register(EnvCopied)
def _undo(it: EnvCopied, operation: Operation) -> tuple[Offer, ...]:
    acted = any(line.became in ACTED for line in it.lines)
    return (*((Offer("Undo", f"env undo {operation.id}"),) if acted else ()), log(operation))


@outcome_offers.register(EnvHalf)
def _resume(it: EnvHalf, operation: Operation) -> tuple[Offer, ...]:
    undo = Offer("Try again" if it.going_back else "Undo", f"env undo {it.base}")
    return (
        (undo, log(operation))
        if it.going_back
        else (Offer("Resume", f"env resume {operation.id}"), undo, log(operation))
    )


@outcome_offers.register(EnvPutBack)
def _again(it: EnvPutBack, operation: Operation) -> tuple[Offer, ...]:
    bad = any(line.bad for line in it.lines)
    return (*((Offer("Try again", f"env undo {it.base}"),) if bad else ()), log(operation))
