"""Texts about variables: plans, questions, reports, and next steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.words.format import TERMINAL, Format
from bot.words.texts import outcome_offers, outcome_text, reply_text
from commands.env import ConfirmEnv, EnvDifference, EnvPlan, EnvTable, PlanView, Row
from deploy.core.model import Actor, Failure, Offer, Operation, Origin
from deploy.env.cautions import Caution
from deploy.env.order import Order
from deploy.env.outcomes import EnvCopied, EnvHalf, EnvPutBack, Line
from deploy.systems.coolify.values import Owner

SLACK = Format(slack=True)
APP, STAGING = Owner("1", "fiskai-app", (), "app"), Owner("2", "fiskai-staging", (), "staging")
OPERATION = Operation("e-1", "env copy", Actor("U1", "ana"), Origin("slack"), Order(APP, STAGING), (), 0)
GO = Offer("Copy 3", "env copy app staging --sure 1a2b3c4d")


def view(*rows: Row, **more: Any) -> PlanView:
    return PlanView(APP, STAGING, rows, **more)


def row(key: str, fate: Any, *, preview: bool = False, **more: Any) -> Row:
    return Row(key, preview, fate, **more)


ROWS = (
    row("A", "add", flags=("literal",)),
    row("A", "add", preview=True, flags=("literal",)),
    row("B", "add", preview=True),
    row("C", "cannot", why="shown only once, so Coolify does not tell its value"),
    row("D", "same"),
    row("E", "keep"),
    row("F", "extra"),
)


def test_a_question_names_each_key_once_and_what_to_take_care_of() -> None:
    shown = view(
        *ROWS, previews_made=("T",), cautions=(Caution("own host", ("A",)), Caution("dollar", ("B",)))
    )
    text, offered = reply_text(ConfirmEnv("", GO, "Leave it", shown), SLACK)
    assert offered == (GO,)
    assert text == (
        "This would copy variables from fiskai-app to fiskai-staging.\n"
        "Copy: 3\n"
        "+ A and its preview   literal\n"
        "+ B (preview)\n"
        "Leave as they are in fiskai-staging (--overwrite would not): 1\n"
        "= E\n"
        "Not copied: 1\n"
        "x C   shown only once, so Coolify does not tell its value\n"
        "The same on both sides: 1\n"
        "Only in fiskai-staging, and left alone: 1\n"
        "Coolify makes a preview of these by itself, which is removed again: T\n"
        "Take care:\n"
        "! A: names a host of fiskai-app itself; fiskai-staging would talk to it\n"
        "! B: has a `$` and is not literal, so Coolify may put another value in its place"
    )


def test_a_plan_that_changed_or_needs_somebody_else_says_so() -> None:
    text, _ = reply_text(
        ConfirmEnv("", GO, "Leave it", view(row("A", "add"), stale=True, approvals=1)), SLACK
    )
    assert text.splitlines()[0] == "The variables changed since you saw the plan. This is the new one."
    assert text.splitlines()[-1] == "It begins once another person approves it."


def test_a_plan_says_that_the_target_is_deployed_afterwards() -> None:
    text, _ = reply_text(ConfirmEnv("", GO, "Leave it", view(row("A", "add"), redeploy=True)), SLACK)
    assert text.splitlines()[1:] == ["Copy: 1", "+ A", "Then fiskai-staging is deployed."]


def test_a_plan_that_removes_much_says_how_long_it_takes() -> None:
    text, _ = reply_text(
        ConfirmEnv("", GO, "Leave it", view(row("A", "remove"), going_back=True, takes=240)), SLACK
    )
    assert (
        text.splitlines()[-1] == "Coolify removes one by one, and not many in a minute: it takes 4 min or so."
    )


def test_the_way_back_names_what_others_changed() -> None:
    going_back = view(row("A", "remove"), row("B", "change"), going_back=True, base="e-1", strangers=("B",))
    assert reply_text(ConfirmEnv("", GO, "Leave it", going_back), TERMINAL)[0] == (
        "This would put the variables of fiskai-staging back as they were before e-1.\n"
        "Put back: 1\n~ B\nRemove: 1\n- A\n"
        "Take care:\n! B: changed since by somebody else"
    )


def test_nothing_to_do_and_trying_out() -> None:
    assert reply_text(EnvPlan(view(row("D", "same"))), SLACK) == (
        "Nothing to do: fiskai-staging has all that fiskai-app can give it.",
        (),
    )
    text, offered = reply_text(EnvPlan(view(row("A", "add")), GO), SLACK)
    assert (text.splitlines()[0], offered) == (
        "This would copy variables from fiskai-app to fiskai-staging. Nothing was changed.",
        (GO,),
    )


def test_lists_and_differences_show_flags_and_fingerprints() -> None:
    has = [
        row("A", "same", preview=preview, flags=("multi-line",), mark="123456") for preview in (False, True)
    ]
    assert reply_text(EnvTable(APP, (*has, row("B", "same", preview=True))), TERMINAL)[0] == (
        "fiskai-app has 3 variables.\n• A and its preview   123456 · multi-line\n• B (preview)"
    )
    rows = (
        row("A", "keep", mark="123456", other="654321"),
        row("B", "add", mark="1"),
        row("C", "extra", other="2"),
    )
    assert reply_text(EnvDifference(APP, STAGING, rows), TERMINAL)[0] == (
        "fiskai-app and fiskai-staging, by key and fingerprint:\n"
        "Only in fiskai-app: 1\n+ B   1\nDifferent: 1\n~ A   123456 → 654321\nOnly in fiskai-staging: 1\n- C   2"
    )


@pytest.mark.parametrize(("fmt", "lines"), [(SLACK, 43), (TERMINAL, 301)])
def test_a_message_shows_the_first_keys_and_a_terminal_all(fmt: Format, lines: int) -> None:
    rows = tuple(row(f"K{number:03}", "same") for number in range(300))
    text = reply_text(EnvTable(APP, rows), fmt)[0]
    assert text.count("\n") + 1 == lines - (fmt is SLACK)
    assert ("and 260 more" in text) is fmt.slack


COPIED = EnvCopied("fiskai-app", "fiskai-staging", (Line("A", preview=False, became="copied"),), same=2)


def test_a_copy_reports_by_key_and_offers_the_way_back() -> None:
    assert outcome_text(COPIED, OPERATION, SLACK) == (
        "fiskai-staging: variables copied from fiskai-app, 1 done and read back, 2 the same before.\n"
        "Copied: 1\n✓ A\nThey take effect at the next deploy."
    )
    assert outcome_offers(COPIED, OPERATION) == (Offer("Undo", "env undo e-1"), Offer("Log", "op e-1"))


def test_twins_and_what_moved_and_what_was_deployed_are_told() -> None:
    failure = Failure("x", "Coolify answers 500.", "")
    more = EnvCopied("a", "b", COPIED.lines, previews_made=("T",), moved=("A",), not_deployed=failure)
    assert outcome_text(more, OPERATION, SLACK).splitlines()[3:] == [
        "Removed the previews that Coolify made of these by itself: T",
        "Changed in the source meanwhile, so both sides differ again: A. Copy once more.",
        "The deploy afterwards failed: Coolify answers 500. The variables are copied all the same.",
    ]
    assert more.status == "failed"
    deployed = EnvCopied("a", "b", COPIED.lines, deployed="3f2a1b9")
    assert (
        outcome_text(deployed, OPERATION, SLACK).splitlines()[-1]
        == "Deployed 3f2a1b9, so they are in effect."
    )


def test_half_a_copy_says_what_is_missing_first_and_offers_both_ways() -> None:
    lines = (
        Line("A", preview=False, became="copied"),
        Line("B", preview=False, became="failed", why="Coolify says: <no>"),
        Line("C", preview=True, became="differs", why="it reads back with another value"),
        Line("D", preview=False, became="skipped"),
    )
    half = EnvHalf(
        "fiskai-app", "fiskai-staging", lines, error=Failure("x", "Coolify is gone.", "Wait."), base="e-1"
    )
    assert outcome_text(half, OPERATION, SLACK) == (
        "fiskai-staging: copying variables from fiskai-app stopped half way, 2 of 3 not as planned.\n"
        "Coolify is gone. Wait.\n"
        "Failed: 1\n✗ B   Coolify says: &lt;no&gt;\n"
        "Different when read back: 1\n✗ C (preview)   it reads back with another value\n"
        "Copied: 1\n✓ A\nLeft as they are there: 1\n○ D"
    )
    assert outcome_offers(half, OPERATION) == (
        Offer("Resume", "env resume e-1"),
        Offer("Undo", "env undo e-1"),
        Offer("Log", "op e-1"),
    )
    stopped = replace(half, cancelled=True)
    assert outcome_text(stopped, OPERATION, SLACK).splitlines()[:2] == [
        "fiskai-staging: copying variables from fiskai-app was stopped and could not be taken back.",
        "Coolify is gone. Wait.",
    ]
    going_back = EnvHalf("b", "b", lines, base="e-0", going_back=True)
    assert outcome_offers(going_back, OPERATION) == (
        Offer("Try again", "env undo e-0"),
        Offer("Log", "op e-1"),
    )


def test_what_is_put_back_says_before_what() -> None:
    done = EnvPutBack("fiskai-staging", "e-0", (Line("A", preview=False, became="removed"),))
    assert outcome_text(done, OPERATION, SLACK) == (
        "fiskai-staging: its variables are as they were before e-0, read back.\nRemoved: 1\n✓ A\n"
        "They take effect at the next deploy."
    )
    stopped = EnvPutBack("fiskai-staging", "e-1", (), cancelled=True)
    assert (stopped.status, outcome_text(stopped, OPERATION, SLACK)) == (
        "cancelled",
        "fiskai-staging: stopped; its variables are as they were before e-1, read back.",
    )
    theirs = EnvPutBack("s", "e-1", (Line("A", preview=False, became="cannot", why="x"),), cancelled=True)
    assert outcome_text(theirs, OPERATION, SLACK) == (
        "s: stopped; its variables are as they were before e-1, but for 1.\nCannot be put back: 1\n○ A   x"
    )
    bad = EnvPutBack("s", "e-0", (Line("A", preview=False, became="failed", why="x"),))
    assert (bad.status, outcome_offers(bad, OPERATION)[0]) == ("failed", Offer("Try again", "env undo e-0"))
