"""Texts of `logs`: an app's last lines."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.words.registry import Text, reply_text
from commands.logs import AppLog
from deploy.core.units import minutes

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.logs.tail import Line

ROOM = 10_000  # characters of lines that fit into a message in Slack


@reply_text.register(AppLog)
def _log(reply: AppLog, fmt: Format) -> Text:
    lines = [_line(line) for line in reply.tail.lines]
    if not lines:
        return fmt.escape(f"{_where(reply)} has printed nothing{_period(reply.since)}."), ()
    shown = _fitting(lines) if fmt.slack else lines
    head = _head(reply, len(shown), len(lines) - len(shown))
    return "\n".join([fmt.escape(head), fmt.code("\n".join(shown))]), ()


def _head(reply: AppLog, shown: int, left_out: int) -> str:
    count = "line" if shown == 1 else f"{shown} lines"
    times = ", times in UTC" if any(line.at for line in reply.tail.lines) else ""
    more = f"; {left_out} more have no room here" if left_out else ""
    return f"{_where(reply)}, the last {count}{_period(reply.since)}{times}{more}:"


def _where(reply: AppLog) -> str:
    return f"{reply.target} ({reply.tail.source})"


def _period(seconds: int) -> str:
    return f" in the last {minutes(seconds)}" if seconds else ""


def _line(line: Line) -> str:
    at = f"{time.strftime('%H:%M:%S', time.gmtime(line.at))} " if line.at else ""
    return f"{at}{line.text}"


def _fitting(lines: Sequence[str]) -> Sequence[str]:
    """The last whole lines that fit."""
    room, count = ROOM, 0
    for line in reversed(lines):
        room -= len(line) + 1
        if room < 0:
            break
        count += 1
    return lines[len(lines) - count :]
