"""Texts of replies, word for word."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.words.format import TERMINAL, Format
from bot.words.texts import reply_text
from commands.again import DoneBefore
from commands.deployments import CancelledInCoolify
from commands.deploys import Judged
from commands.history import Cancelling, GivenUp, HistoryTable, OperationStory, Retried
from commands.locks import Frozen, LocksTable, TakenAway, Thawed
from commands.replicas import ReplicasTable
from commands.reply import AskFirst, Started, StartedAll
from deploy.core import errors
from deploy.core.events import Finished, StepFinished, StepStarted
from deploy.core.model import (
    Actor,
    Commit,
    Deployment,
    Dialog,
    Hold,
    Offer,
    Operation,
    Origin,
    Release,
    Resource,
    Running,
    Target,
)
from deploy.core.outcomes import Completed
from deploy.deploys.arguments import DeployArguments
from deploy.deploys.errors import Downgrade
from deploy.deploys.gate_report import GateReport, Verdict
from deploy.engine.claims import Aside
from deploy.engine.replicas import Replica
from deploy.engine.snapshot import Snapshot, lost

if TYPE_CHECKING:
    from commands.reply import Reply
    from deploy.core.events import Event

SLACK = Format(slack=True)
ANA, IVO = Actor("U1", "ana"), Actor("cli:ivo", "ivo")
NOW = 1_700_000_100.0
OPERATION = Operation(
    "d-7k3f",
    "deploy",
    ANA,
    Origin("slack", "C1"),
    DeployArguments("app", "3f2a1b9"),
    (Resource("app", "app"),),
    NOW - 100,
    reason="<VAT>",
    decided="deployers: U1 for app",
    line="deploy 3f2a1b9 --reason <VAT>",
)
RUNNING = Snapshot(OPERATION, "running", step="watch", seen=NOW - 2, results={"point": '{"note": "3f2a1b9"}'})
DONE = Snapshot(OPERATION, "done", finished=NOW - 40, outcome=Completed("a & b"), results=RUNNING.results)
EVENTS: tuple[Event, ...] = (
    StepStarted("point", 1),
    StepFinished("point", 2, "3f2a1b9"),
    StepStarted("watch", 3),
)
HOLD = Hold(Resource("app", "app"), ANA, "we <measure>", 1_700_000_000)
TARGET = Target("app", "ghcr.io/x/app", "uuid", "https://app.example/health")
COMMIT = Commit("3f2a1b9" + "0" * 33, "Round & round", "Ana", "ana", 1)
NO = Downgrade(behind="2 commits", sha="3f2a1b9", running="9c41d07", target="app", offers=(Offer("Go", "x"),))
LOCKED = errors.Locked(holder="@ivo", activity="is running again the build of <x>", operation="b-3")
FINE = Verdict("main", "on main")
DOUBT = Verdict("rolling", "not rolling", warning=True)


BEGUN = replace(OPERATION, id="b-1")
GO = Offer("Deploy 3f2a1b9", "deploy 3f2a1b9 --to app")


def _judged(*verdicts: Verdict) -> Judged:
    return Judged(TARGET, COMMIT, GateReport(verdicts, Running("", "")), (GO,))


REPLIES: list[tuple[Reply, str, tuple[Offer, ...]]] = [
    (Started(OPERATION), "Started d-7k3f.", (Offer("Show it", "op d-7k3f"),)),
    (
        Frozen(HOLD),
        "<@U1> holds app: we &lt;measure&gt;. Nobody deploys to it until `/fisk unlock app`.",
        (
            Offer(
                "Unlock",
                "unlock app",
                danger=True,
                asks=Dialog(
                    "@ana holds app since 14 Nov 22:13 UTC: we <measure>. Lift that?",
                    "Unlock app",
                    "Let it be held",
                ),
            ),
        ),
    ),
    (Thawed(HOLD, IVO), "ivo (terminal) unlocked app; <@U1> held app: we &lt;measure&gt;.", ()),
    (
        Cancelling(RUNNING),
        "Asked d-7k3f to stop (it is at step watch); what it changed is put back.",
        (Offer("Show it", "op d-7k3f"),),
    ),
    (
        Cancelling(replace(RUNNING, step="")),
        "Asked d-7k3f to stop (it is about to begin); what it changed is put back.",
        (Offer("Show it", "op d-7k3f"),),
    ),
    (
        CancelledInCoolify(Deployment("u1", "cancelled-by-user", "HEAD"), ANA),
        "<@U1> cancelled Coolify's deployment u1. What runs now, `status` says.",
        (Offer("Status", "status"),),
    ),
    (
        CancelledInCoolify(Deployment("u1", "in_progress", "HEAD"), ANA),
        "<@U1> asked Coolify to cancel its deployment u1; it is in progress still.",
        (Offer("Status", "status"),),
    ),
    (
        CancelledInCoolify(Deployment("u1", "finished", "HEAD"), ANA),
        "<@U1> asked too late: Coolify's deployment u1 had ended, finished.",
        (Offer("Status", "status"),),
    ),
    (
        TakenAway("d-7k3f", "app", None, ANA),
        "<@U1> took the lock of app away from d-7k3f. Look at Coolify before you deploy again.",
        (),
    ),
    (
        AskFirst("Sure about a & b?", Offer("Yes", "x"), "Leave it"),
        "Sure about a &amp; b?",
        (Offer("Yes", "x"),),
    ),
    (LocksTable((), (), NOW), "Nothing is under way, and nobody holds anything.", ()),
    (
        LocksTable((HOLD,), (RUNNING, Snapshot(OPERATION, "waiting")), NOW),
        (
            "d-7k3f: <@U1> is deploying 3f2a1b9 to app, step watch, for 1 min 40 s, last sign of life 2 s ago\n"
            "d-7k3f: <@U1> is deploying 3f2a1b9 to app, about to begin, for 1 min 40 s\n"
            "Held: app: we &lt;measure&gt;, by <@U1> since"
            " <!date^1700000000^{date_short_pretty} {time}|14 Nov 22:13 UTC>"
        ),
        (),
    ),
    (
        LocksTable((), (lost("d-gone", Resource("app", "app")),), NOW),
        "d-gone: no record that fisk can read, but app is locked for it",
        (Offer("Take the lock away", "unlock app --force"),),
    ),
    (
        LocksTable((), (), NOW, (Aside("d-7k3f", "forged"),)),
        (
            "d-7k3f: set aside, since what is written down of it is not as this installation wrote it."
            " Look at what it was about, then `/fisk op d-7k3f retry` or `/fisk op d-7k3f abandon`."
        ),
        (),
    ),
    (
        GivenUp("d-7k3f", ANA),
        "<@U1> ended d-7k3f, whose locks are free. What it had begun was left as it was.",
        (Offer("Status", "status"),),
    ),
    (
        Retried("d-7k3f", ANA),
        "<@U1> lets d-7k3f go on, from the step at which it stopped.",
        (Offer("Show it", "op d-7k3f"),),
    ),
    (
        ReplicasTable((Replica("vps01:4711:a", "0.1.0", NOW - 3 * 3600), Replica("b<c:9:x")), (), NOW),
        (
            "vps01 (process 4711)   fisk 0.1.0, for 3 h\n"
            "b&lt;c (process 9)   alive, of another version of fisk"
        ),
        (),
    ),
    (
        ReplicasTable((), (Snapshot(OPERATION, "waiting"), replace(RUNNING, runner="vps01:4711:a")), NOW),
        (
            "No bot gives a sign of life.\n"
            "Waiting for a runner:\n"
            "      d-7k3f: <@U1> is deploying 3f2a1b9 to app, about to begin\n"
            "vps01 (process 4711)   no bot that is alive: a terminal, or its lease runs out\n"
            "      d-7k3f: <@U1> is deploying 3f2a1b9 to app, step watch"
        ),
        (),
    ),
    (HistoryTable((), (), "", NOW), "Nothing was done yet.", ()),
    (HistoryTable((), (), "app", NOW), "Nothing was done to app yet.", ()),
    (
        HistoryTable((DONE,), (Release("app", "a4c9e1f00", "t", "d", 1, "d-1", ANA),) * 2, "app", NOW),
        (
            "d-7k3f  1 min 40 s ago: <@U1> deploy 3f2a1b9 app: done in 1 min (&lt;VAT&gt;)\n"
            "Proven healthy in app, newest first: a4c9e1f by health"
        ),
        (),
    ),
    (
        _judged(FINE, DOUBT),
        (
            "Would deploy 3f2a1b9 “Round &amp; round” to app. Nothing was changed.\n✓ main   on main\n"
            "! rolling   not rolling"
        ),
        (GO,),
    ),
    (
        _judged(FINE, Verdict("direction", str(NO), NO.failure)),
        (
            "Would refuse 3f2a1b9 “Round &amp; round” to app:\n✓ main   on main\n✗ direction   3f2a1b9 is 2 commits"
            " behind 9c41d07, which runs now: this would go back in time."
        ),
        (GO,),
    ),
    (
        StartedAll((BEGUN, replace(BEGUN, id="b-2"))),
        "Started b-1, b-2.",
        (Offer("Show b-1", "op b-1"), Offer("Show b-2", "op b-2")),
    ),
    (
        StartedAll((BEGUN,), (LOCKED.failure,)),
        (
            "Started b-1.\nNot started: @ivo is running again the build of &lt;x&gt;."
            " Wait for it, or look at it: `/fisk op b-3`."
        ),
        (Offer("Show b-1", "op b-1"),),
    ),
    (
        StartedAll((), (LOCKED.failure,)),
        (
            "Not started: @ivo is running again the build of &lt;x&gt;."
            " Wait for it, or look at it: `/fisk op b-3`."
        ),
        (),
    ),
    (
        DoneBefore("lock app <VAT>", ANA),
        "<@U1> asked for `lock app &lt;VAT&gt;`, which was done, though the bot that did it could not say so.",
        (),
    ),
]


@pytest.mark.parametrize(("reply", "text", "offers"), REPLIES)
def test_a_reply_is_said_in_slack(reply: Reply, text: str, offers: tuple[Offer, ...]) -> None:
    assert reply_text(reply, SLACK) == (text, offers)


@pytest.mark.parametrize(("reply", "text", "offers"), REPLIES)
def test_a_terminal_is_told_the_same(reply: Reply, text: str, offers: tuple[Offer, ...]) -> None:
    plain = re.sub(r"<!date[^|]*\|([^>]*)>", r"\1", text.replace("<@U1>", "@ana").replace("/fisk ", "fisk "))
    for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        plain = plain.replace(entity, sign)
    assert reply_text(reply, TERMINAL) == (plain, offers)


@pytest.mark.parametrize(("reply", "text", "_offers"), REPLIES)
def test_the_tone_is_plain(reply: Reply, text: str, _offers: tuple[Offer, ...]) -> None:
    assert not {"Oops", "Successfully", "Sorry"} & set(text.split()), reply
    assert not text.endswith("!")


STOP = Dialog(
    "@ana is deploying 3f2a1b9 to app, at step watch. Stop that? What it changed is put back.",
    "Stop it",
    "Let it run",
)


def test_an_operation_under_way_is_told_with_its_steps_and_may_be_stopped() -> None:
    text, offers = reply_text(OperationStory(RUNNING, EVENTS, NOW), SLACK)
    assert text.splitlines()[0].startswith("d-7k3f  1 min 40 s ago: <@U1> deploy 3f2a1b9 app: running")
    assert "✓ point   3f2a1b9 (from Coolify)" in text
    assert text.splitlines()[2:] == ["● watch", "○ resolve", "○ gates", "○ trigger", "○ prove"]
    assert offers[0] == Offer("Cancel", "cancel d-7k3f", danger=True, asks=STOP)


def test_one_that_is_set_aside_is_told_with_the_reason_and_what_can_be_done() -> None:
    text, offers = reply_text(OperationStory(replace(RUNNING, aside="died"), EVENTS, NOW), SLACK)
    why = "set aside, since 3 runners died under it without a step's end in between"
    do = "Look at what it was about, then `/fisk op d-7k3f retry` or `/fisk op d-7k3f abandon`."
    assert text.splitlines()[-1] == f"d-7k3f: {why}. {do}"
    assert offers == (
        Offer("Try it again", "op d-7k3f retry"),
        Offer("Abandon it", "op d-7k3f abandon"),
    )


def test_an_operation_that_is_over_says_how_it_ended_and_why_it_was_allowed() -> None:
    text, _ = reply_text(OperationStory(DONE, (*EVENTS, Finished(NOW - 40, Completed("a & b"))), NOW), SLACK)
    assert text.splitlines()[-2:] == [
        "✓ app: a &amp; b.",
        "Asked as `deploy 3f2a1b9 --reason &lt;VAT&gt;`, let through by deployers: U1 for app.",
    ]
