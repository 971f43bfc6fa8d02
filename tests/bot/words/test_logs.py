"""Texts of logs."""

from __future__ import annotations

from bot.words.format import TERMINAL, Format
from bot.words.logs import ROOM
from bot.words.registry import File
from bot.words.texts import reply_file, reply_text
from commands.logs import AppLog, OperationLog
from deploy.core.model import Actor, Offer, Operation, Origin
from deploy.deploys.arguments import DeployArguments
from deploy.logs.deployment import DeploymentLog
from deploy.logs.tail import Line, Tail

SLACK = Format(slack=True)
AT = 1_780_000_000.0  # 20:26:40 UTC


def app_log(*lines: Line, since: int = 0) -> AppLog:
    return AppLog("app", Tail(lines, "app-1 on vps01"), since)


def test_lines_with_their_times() -> None:
    reply = app_log(Line(AT, "one <b>"), Line(AT + 1, "``` two"), since=600)
    assert reply_text(reply, SLACK) == (
        (
            "app (app-1 on vps01), the last 2 lines in the last 10 min, times in UTC (the newest is of"
            " <!date^1779999960^{date_short_pretty} {time}|28 May 20:26 UTC>):\n"
            "```\n20:26:40 one &lt;b&gt;\n20:26:41 ''' two\n```"
        ),
        (),
    )


def test_lines_of_which_nobody_said_when() -> None:
    text, _ = reply_text(app_log(Line(0, "one")), TERMINAL)
    assert text == "app (app-1 on vps01), the last line:\n    one"


def test_nothing_was_printed() -> None:
    assert (
        reply_text(app_log(since=600), SLACK)[0]
        == "app (app-1 on vps01) has printed nothing in the last 10 min."
    )
    assert reply_text(app_log(), SLACK)[0] == "app (app-1 on vps01) has printed nothing."


def test_in_slack_the_last_whole_lines_that_there_is_room_for() -> None:
    lines = [Line(0, f"{number:03}" + "x" * 397) for number in range(100)]
    text, _ = reply_text(app_log(*lines), SLACK)
    head, _, *shown, _ = text.split("\n")
    assert head == "app (app-1 on vps01), the last 24 lines; 76 more have no room here:"
    assert [line[:3] for line in shown] == [f"{number:03}" for number in range(76, 100)]
    assert sum(len(line) + 1 for line in shown) <= ROOM
    assert len(reply_text(app_log(*lines), TERMINAL)[0].split("\n")) == 101


OPERATION = Operation(
    "d-7k3f2a",
    "deploy",
    Actor("U1", "ana"),
    Origin("slack", "C1"),
    DeployArguments("app", "3f2a1b9"),
    (),
    1.0,
)
STEPS = (Offer("Show the steps", "op d-7k3f2a"),)


def of_operation(log: DeploymentLog, fmt: Format = TERMINAL) -> str:
    text, offers = reply_text(OperationLog(OPERATION, log), fmt)
    assert offers == STEPS
    return text


def test_coolifys_log_of_a_deploy_with_what_the_app_printed() -> None:
    log = DeploymentLog("failed", (Line(0, "pulling <x>"), Line(0, "sick")), 96, (Line(0, "no database"),))
    assert of_operation(log, SLACK) == (
        "Coolify's log of d-7k3f2a (deploy 3f2a1b9 app), failed, 2 of 96 lines, where it ended:\n"
        "```\npulling &lt;x&gt;\nsick\n```\n"
        "What app printed before Coolify took its container away:\n"
        "```\nno database\n```"
    )


def test_what_the_app_printed_is_named_to_who_may_not_read_it() -> None:
    log = DeploymentLog("failed", (Line(0, "sick"),), 1, withheld=True)
    assert of_operation(log) == (
        "Coolify's log of d-7k3f2a (deploy 3f2a1b9 app), failed, 1 line:\n"
        "    sick\n"
        "What app printed itself is shown to roles with `details`."
    )


def test_a_log_without_a_line() -> None:
    told = "Coolify's log of d-7k3f2a (deploy 3f2a1b9 app), in progress: there is no line in it that Coolify shows."
    assert of_operation(DeploymentLog("in_progress", (), 0)) == told


def test_a_log_for_which_a_message_has_no_room_is_a_file() -> None:
    lines = [Line(0, "x" * 399) for _ in range(100)]
    file = reply_file(app_log(*lines))
    assert file == File(
        "app.log",
        "app (app-1 on vps01), the last 100 lines",
        f"{'x' * 399}\n" * 100,
        "app (app-1 on vps01), the last 100 lines:",
    )
    assert reply_file(app_log(*lines[:20])) is None
