"""Texts of `env`: an application's variables, differences, and plans."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

from bot.words import variables
from bot.words.registry import Text, reply_text
from commands.env import ConfirmEnv, EnvDifference, EnvPlan, EnvTable, PlanView, Row
from deploy.core.units import minutes

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.env.plan import Fate


DIFFERENCES: dict[Fate, tuple[str, str]] = {
    "add": ("+", "Only in {source}"),
    "keep": ("~", "Different"),
    "extra": ("-", "Only in {target}"),
    "cannot": ("x", "Cannot be copied"),
    "same": ("=", "The same"),
}


COPYING: dict[Fate, tuple[str, str]] = {
    "add": ("+", "Copy"),
    "change": ("~", "Overwrite"),
    "remove": ("-", "Remove"),
    "keep": ("=", "Leave as they are in {target} (--overwrite would not)"),
    "cannot": ("x", "Not copied"),
}


GOING_BACK: dict[Fate, tuple[str, str]] = {
    "add": ("+", "Bring back"),
    "change": ("~", "Put back"),
    "remove": ("-", "Remove"),
    "cannot": ("x", "Cannot be put back"),
}


@reply_text.register(EnvTable)
def _table(reply: EnvTable, fmt: Format) -> Text:
    title = f"{fmt.escape(reply.owner.name)} has {variables.variables(len(reply.rows))}."
    lines = variables.listed("•", _merged(reply.rows, marks=True), fmt)
    return "\n".join([title, *lines]), ()


@reply_text.register(EnvDifference)
def _difference(reply: EnvDifference, fmt: Format) -> Text:
    source, target = reply.source.name, reply.target.name
    text = [f"{fmt.escape(source)} and {fmt.escape(target)}, by key and fingerprint:"]
    for fate, (mark, title) in DIFFERENCES.items():
        rows = [row for row in reply.rows if row.fate == fate]
        if rows:
            text.append(f"{fmt.escape(title.format(source=source, target=target))}: {len(rows)}")
            text += variables.listed(mark, _merged(rows, marks=True), fmt)
    return "\n".join(text), ()


def _tail(key: str, parts: Iterable[str]) -> str:
    told = " · ".join(part for part in parts if part)
    return f"{key}   {told}" if told else key


@reply_text.register(EnvPlan)
def _plan(reply: EnvPlan, fmt: Format) -> Text:
    view = reply.view
    if reply.go is None:
        nothing = (
            "is as it was" if view.going_back else f"has all that {fmt.escape(view.source.name)} can give it"
        )
        first = f"Nothing to do: {fmt.escape(view.target.name)} {nothing}."
        return "\n".join([first, *_groups(view, fmt)]), ()
    return "\n".join([f"{_title(view, fmt)} Nothing was changed.", *_body(view, fmt)]), (reply.go,)


@reply_text.register(ConfirmEnv)
def _confirm(reply: ConfirmEnv, fmt: Format) -> Text:
    view = reply.view
    stale = ["The variables changed since you saw the plan. This is the new one."] if view.stale else []
    others = "another person approves" if view.approvals == 1 else f"{view.approvals} other people approve"
    last = [f"It begins once {others} it."] if view.approvals else []
    return "\n".join([*stale, _title(view, fmt), *_body(view, fmt), *last]), (reply.offer,)


def _title(view: PlanView, fmt: Format) -> str:
    source, target = fmt.escape(view.source.name), fmt.escape(view.target.name)
    if view.going_back:
        return f"This would put the variables of {target} back as they were before {fmt.escape(view.base)}."
    rest = f"the rest of {fmt.escape(view.base)}" if view.base else "variables"
    return f"This would copy {rest} from {source} to {target}."


def _body(view: PlanView, fmt: Format) -> list[str]:
    return [*_groups(view, fmt), *_notes(view, fmt), *_cautions(view, fmt)]


def _groups(view: PlanView, fmt: Format) -> list[str]:
    text = []
    for fate, (mark, title) in (GOING_BACK if view.going_back else COPYING).items():
        rows = view.of(fate)
        if rows:
            text.append(f"{fmt.escape(title.format(target=view.target.name))}: {len(rows)}")
            text += variables.listed(mark, _merged(rows), fmt)
    return text


def _merged(rows: Iterable[Row], *, marks: bool = False) -> list[str]:
    """A line per key, or two if its preview's text differs."""
    lines = []
    for (_, told), same in groupby(rows, lambda row: (row.key, _details(row, marks=marks))):
        lines += [_tail(name, told) for name in variables.named(same)]
    return lines


def _details(row: Row, *, marks: bool) -> tuple[str, ...]:
    """What a line says besides the key: its flags, or the reason, and with `marks` both sides' fingerprints."""
    both = " → ".join(dict.fromkeys(mark for mark in (row.mark, row.other) if mark)) if marks else ""
    return (both, row.why) if row.why else (both, *row.flags)


def _notes(view: PlanView, fmt: Format) -> list[str]:
    same, extra = len(view.of("same")), view.of("extra")
    notes = [f"The same on both sides: {same}"] if same and not view.going_back else []
    stay = [row for row in extra if row.why]
    if extra and not view.going_back:
        notes.append(f"Only in {fmt.escape(view.target.name)}, and left alone: {len(extra)}")
        notes += variables.listed("•", _merged(stay), fmt)
    if view.previews_made:
        made = variables.keys(view.previews_made, fmt)
        notes.append(f"Coolify makes a preview of these by itself, which is removed again: {made}")
    if view.takes:
        notes.append(
            f"Coolify removes one by one, and not many in a minute: it takes {minutes(view.takes)} or so."
        )
    if view.redeploy:
        notes.append(f"Then {fmt.escape(view.target.name)} is deployed.")
    return notes


def _cautions(view: PlanView, fmt: Format) -> list[str]:
    told = [variables.caution(it, view.source.name, view.target.name, fmt) for it in view.cautions]
    if view.strangers:
        told.append(f"! {variables.keys(view.strangers, fmt)}: changed since by somebody else")
    return ["Take care:", *told] if told and not (view.going_back and not view.strangers) else []
