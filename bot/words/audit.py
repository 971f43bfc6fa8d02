"""Texts of `audit` and `audit verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.registry import Text, reply_text
from commands.audit import AuditTable, AuditVerdict
from deploy.core.units import minutes

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.engine.audit import Entry, Recorded
    from deploy.engine.audit_check import Checked

MOST = 30  # entries in a message; a terminal shows all
NAMES = {"audit": "deeds", "refusals": "refusals"}
UNSEEN = (
    "Not seen, if it was so: the newest entries cut off together with the note of the newest one."
    " A copy outside (FISK_AUDIT_FILE, FISK_AUDIT_URL) would show it."
)


@reply_text.register(AuditTable)
def _table(reply: AuditTable, fmt: Format) -> Text:
    what = "refused" if reply.refused else "done"
    if not reply.entries:
        return f"Nothing was {what} since {fmt.second(reply.since)}.", ()
    shown = reply.entries[:MOST] if fmt.slack else reply.entries
    older = len(reply.entries) - len(shown)
    more = [f"({older} older ones: `fisk audit` in a terminal)"] if older else []
    return "\n".join([*(_row(each, fmt) for each in shown), *more]), ()


def _row(recorded: Recorded, fmt: Format) -> str:
    entry = recorded.entry
    ended = f": {fmt.escape(_flat(entry.outcome))}" if entry.outcome else " began" if entry.operation else ""
    took = f" in {minutes(entry.seconds)}" if entry.seconds else ""
    line = f"{recorded.seq}  {fmt.second(entry.at)} {fmt.person(entry.actor)}{_from(entry, fmt)}"
    return f"{line} {fmt.typed(_flat(entry.what))}{ended}{took}{fmt.escape(_notes(entry))}"


def _from(entry: Entry, fmt: Format) -> str:
    where = entry.origin.channel
    if entry.origin.kind != "slack":
        return fmt.escape(f" on {where}") if where else ""
    return f" in {fmt.channel(where)}"


def _notes(entry: Entry) -> str:
    approvers = ", ".join(actor.name or actor.id for actor in entry.approved)
    notes = (
        entry.operation,
        f"by {entry.decided}" if entry.decided else "",
        f"approved by {approvers}" if approvers else "",
        f"did {', '.join(entry.did)}" if entry.did else "",
        f"because {_flat(entry.reason)}" if entry.reason else "",
    )
    told = "; ".join(note for note in notes if note)
    return f" ({told})" if told else ""


@reply_text.register(AuditVerdict)
def _verdict(reply: AuditVerdict, fmt: Format) -> Text:
    lines = [line for each in reply.checked for line in _checked(each)]
    unread = [f"The copy outside cannot be read ({reply.unread})."] if reply.unread else []
    unseen = [] if any(each.copy for each in reply.checked) else [UNSEEN]
    return fmt.escape("\n".join([*lines, *unread, *unseen])), ()


def _checked(found: Checked) -> list[str]:
    name = NAMES.get(found.name, found.name)
    upto = f"entries {found.first} to {found.last}" if found.first else "no entries"
    trimmed = f", {found.trimmed} before them trimmed" if found.trimmed and found.first else ""
    beside = f", as {found.copy} has them" if found.copy else ""
    if not found.wrong:
        return [f"The record of {name} is whole: {upto}{trimmed}{beside}."]
    return [f"The record of {name} is not whole ({upto}{trimmed}):", *(f"  {each}" for each in found.wrong)]


def _flat(text: str) -> str:
    """One line without backticks, so that text from outside cannot end its code span."""
    return " ".join(text.replace("`", "'").split())
