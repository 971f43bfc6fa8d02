"""Texts of logs."""

from __future__ import annotations

from bot.words.format import TERMINAL, Format
from bot.words.logs import ROOM
from bot.words.texts import reply_text
from commands.logs import AppLog
from deploy.logs.tail import Line, Tail

SLACK = Format(slack=True)
AT = 1_780_000_000.0  # 20:26:40 UTC


def app_log(*lines: Line, since: int = 0) -> AppLog:
    return AppLog("app", Tail(lines, "app-1 on vps01"), since)


def test_lines_with_their_times() -> None:
    reply = app_log(Line(AT, "one <b>"), Line(AT + 1, "``` two"), since=600)
    assert reply_text(reply, SLACK) == (
        (
            "app (app-1 on vps01), the last 2 lines in the last 10 min, times in UTC:\n"
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
