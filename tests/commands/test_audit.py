"""audit, audit verify."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.words.audit import UNSEEN
from bot.words.format import TERMINAL, Format
from bot.words.texts import reply_text
from commands.audit import AuditTable, AuditVerdict
from deploy.access.errors import NotAllowed
from deploy.access.policy import Policy
from deploy.core import errors
from deploy.core.model import Actor, Origin
from deploy.engine.audit import Entry, Recorded
from deploy.engine.audit_check import Checked
from deploy.engine.audit_copies import AuditFile, Copies
from deploy.world import Stores
from tests.deploy.conftest import ANA, HERE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.commands.conftest import Asking

NOBODY = Policy()
IVO = Actor("U7", "ivo")
AT = 1_796_050_000.0


def with_copies(asking: Asking, copies: Copies) -> Asking:
    """The same with these copies of the log."""
    memory = replace(asking.parts.world.memory, stores=Stores((copies, asking.access)))
    return replace(asking, parts=replace(asking.parts, world=replace(asking.parts.world, memory=memory)))


async def test_what_was_done_and_what_was_refused_stand_apart(asking: Asking) -> None:
    await asking("lock app the numbers are wrong")
    with pytest.raises(NotAllowed):
        await asking("unlock app", IVO)
    done, refused = await asking("audit"), await asking("audit --refused --since 2h")
    assert isinstance(done, AuditTable)
    assert isinstance(refused, AuditTable)
    assert [each.entry.what for each in done.entries] == ["lock app:app the numbers are wrong"]
    assert [(each.seq, each.entry.what, each.entry.actor) for each in refused.entries] == [
        (1, "unlock app", IVO)
    ]


async def test_who_may_only_look_reads_no_record(asking: Asking) -> None:
    for line in ("audit", "audit verify"):
        with pytest.raises(NotAllowed):
            await asking(line, policy=NOBODY)


@pytest.mark.parametrize("line", ["audit --since never", "audit all", "audit verify now"])
async def test_what_is_no_such_line_is_not_understood(asking: Asking, line: str) -> None:
    with pytest.raises(errors.NotUnderstood):
        await asking(line)


async def test_a_whole_record_is_said_to_be_whole(asking: Asking) -> None:
    await asking("lock app x")
    reply = await asking("audit verify")
    assert isinstance(reply, AuditVerdict)
    assert (reply.checked[0], reply.failed) == (Checked("audit", 1, 1, 0, ()), False)


async def test_a_record_that_was_tampered_with_fails(asking: Asking) -> None:
    for reason in "xyz":
        await asking(f"lock app {reason}")
    state = asking.parts.state
    position = (await state.ask("XRANGE", state.deeds.stream, "-", "+"))[1][0]
    await state.ask("XDEL", state.deeds.stream, position)
    reply = await asking("audit verify")
    assert isinstance(reply, AuditVerdict)
    assert (reply.checked[0].wrong, reply.failed) == (("entry 2 was removed",), True)


async def test_a_copy_outside_shows_what_was_cut_off(asking: Asking, tmp_path: Path) -> None:
    file = AuditFile(tmp_path / "audit.jsonl")
    copies = Copies(asking.parts.state, (file,), file)
    asking = with_copies(asking, copies)
    await asking("lock app x")
    await copies.once()
    await asking.parts.state.ask("DEL", asking.parts.state.deeds.stream, asking.parts.state.key("audit:head"))
    reply = await asking("audit verify")
    assert isinstance(reply, AuditVerdict)
    assert reply.checked[0].wrong == (f"entry 1 was cut off: {file.name} has what is missing",)


async def test_a_copy_that_cannot_be_read_is_said(asking: Asking, tmp_path: Path) -> None:
    file = AuditFile(tmp_path)
    asking = with_copies(asking, Copies(asking.parts.state, (), file))
    reply = await asking("audit verify")
    assert isinstance(reply, AuditVerdict)
    assert (reply.unread, reply.failed) == (f"{tmp_path}: Is a directory", True)


# --- words

ENTRY = Entry(
    AT, ANA, HERE, "deploy `x`", "deployers: U1", "done", "d-1", 62.0, "VAT <b>", (IVO,), ("point: Coolify",)
)

NOTES = "(d-1; by deployers: U1; approved by ivo; did point: Coolify; because VAT <b>)"


def test_an_entry_is_shown_whole() -> None:
    began = replace(ENTRY, outcome="", seconds=0, did=(), approved=(), reason="")
    held = Entry(AT, Actor("cli:ivo", "ivo"), Origin("terminal", "vps01"), "lock app:app x", outcome="held")
    table = AuditTable((Recorded(3, ENTRY), Recorded(2, began), Recorded(1, held)), AT, refused=False)
    at = "30 Nov 14:46:40 UTC"
    assert reply_text(table, TERMINAL)[0].split("\n") == [
        f"3  {at} @ana in C1 `deploy 'x'`: done in 1 min 2 s {NOTES}",
        f"2  {at} @ana in C1 `deploy 'x'` began (d-1; by deployers: U1)",
        f"1  {at} ivo (terminal) on vps01 `lock app:app x`: held",
    ]
    slack = reply_text(table, Format(slack=True))[0].split("\n")[0]
    mine = f"<!date^{int(AT)}^{{date_short_pretty}} {{time_secs}}|{at}>"
    assert slack.startswith(f"3  {mine} <@U1> in <#C1> `deploy 'x'`: done")
    assert slack.endswith("because VAT &lt;b&gt;)")


def test_a_long_record_is_cut_in_slack_alone_and_an_empty_one_is_said() -> None:
    table = AuditTable((Recorded(1, ENTRY),) * 40, AT, refused=False)
    assert (
        reply_text(table, Format(slack=True))[0].split("\n")[-1]
        == "(10 older ones: `fisk audit` in a terminal)"
    )
    assert len(reply_text(table, TERMINAL)[0].split("\n")) == 40
    nothing = AuditTable((), AT, refused=True)
    assert reply_text(nothing, TERMINAL)[0] == "Nothing was refused since 30 Nov 14:46:40 UTC."


def test_a_verdict_says_what_it_cannot_see() -> None:
    whole = Checked("audit", 4, 9, 3, ())
    text = reply_text(AuditVerdict((whole, Checked("refusals", 0, 0, 0, ()))), TERMINAL)[0]
    assert text.split("\n") == [
        "The record of deeds is whole: entries 4 to 9, 3 before them trimmed.",
        "The record of refusals is whole: no entries.",
        UNSEEN,
    ]
    bad = Checked("audit", 1, 9, 0, ("entry 2 was removed",), "/var/log/fisk.jsonl")
    assert reply_text(AuditVerdict((bad,), "x: gone"), TERMINAL)[0].split("\n") == [
        "The record of deeds is not whole (entries 1 to 9):",
        "  entry 2 was removed",
        "The copy outside cannot be read (x: gone).",
    ]
    beside = replace(whole, copy="/var/log/fisk.jsonl")
    told = "The record of deeds is whole: entries 4 to 9, 3 before them trimmed, as /var/log/fisk.jsonl has them."
    assert reply_text(AuditVerdict((beside,)), TERMINAL)[0] == told
