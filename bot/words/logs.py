"""Texts of `logs`: an app's last lines, and Coolify's log of a deploy."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.words.registry import File, Text, reply_file, reply_text
from commands.logs import AppLog, OperationLog
from deploy.core.model import Offer
from deploy.core.units import instant, minutes, plural
from deploy.core.visible import visible

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.logs.deployment import DeploymentLog
    from deploy.logs.tail import Line

ROOM = 10_000  # characters of lines that fit into a message in Slack


@reply_text.register(AppLog)
def _log(reply: AppLog, fmt: Format) -> Text:
    lines = [_line(line) for line in reply.tail.lines]
    if not lines:
        return fmt.escape(f"{_where(reply)} has printed nothing{_period(reply.since)}."), ()
    shown = _fitting(lines, ROOM) if fmt.slack else lines
    head = _head(reply, len(shown), len(lines) - len(shown))
    return "\n".join([fmt.escape(head), fmt.code("\n".join(shown))]), ()


@reply_text.register(OperationLog)
def _of_operation(reply: OperationLog, fmt: Format) -> Text:
    steps = (Offer("Show the steps", f"op {reply.operation.id}"),)
    log, asked = reply.log, reply.operation.arguments
    what = " ".join(part for part in (reply.operation.kind, asked.what, asked.place) if part)
    head = f"Coolify's log of {reply.operation.id} ({what}), {log.status.replace('_', ' ')}"
    if not log.lines:
        return fmt.escape(f"{head}: there is no line in it that Coolify shows."), steps
    shown = _block(log.lines, fmt, ROOM // 2)
    told = [fmt.escape(f"{head}, {_count(len(log.lines), log.total)}:"), shown]
    return "\n".join([*told, *_printed(log, asked.place, fmt)]), steps


def _count(shown: int, total: int) -> str:
    return plural(total, "line") if shown == total else f"{shown} of {total} lines, where it ended"


def _printed(log: DeploymentLog, target: str, fmt: Format) -> list[str]:
    if log.withheld:
        return [fmt.escape(f"What {target} printed itself is shown to roles with `details`.")]
    if not log.printed:
        return []
    head = f"What {target} printed before Coolify took its container away:"
    return [fmt.escape(head), _block(log.printed, fmt, ROOM // 2)]


def _block(lines: Sequence[Line], fmt: Format, room: int) -> str:
    texts = [_line(line) for line in lines]
    return fmt.code("\n".join(_fitting(texts, room) if fmt.slack else texts))


@reply_file.register(AppLog)
def _file(reply: AppLog) -> File | None:
    lines = [_line(line) for line in reply.tail.lines]
    if len(_fitting(lines, ROOM)) == len(lines):
        return None
    head = _head(reply, len(lines), 0)
    return File(f"{reply.target}.log", head.rstrip(":"), visible("\n".join([*lines, ""])), head)


def _head(reply: AppLog, shown: int, left_out: int) -> str:
    count = "line" if shown == 1 else f"{shown} lines"
    newest = max((line.at for line in reply.tail.lines), default=0)
    times = f", times in UTC (the newest is of {instant(newest)})" if newest else ""
    more = f"; {left_out} more have no room here" if left_out else ""
    return f"{_where(reply)}, the last {count}{_period(reply.since)}{times}{more}:"


def _where(reply: AppLog) -> str:
    return f"{reply.target} ({reply.tail.source})"


def _period(seconds: int) -> str:
    return f" in the last {minutes(seconds)}" if seconds else ""


def _line(line: Line) -> str:
    at = f"{time.strftime('%H:%M:%S', time.gmtime(line.at))} " if line.at else ""
    return f"{at}{line.text}"


def _fitting(lines: Sequence[str], room: int) -> Sequence[str]:
    """The last whole lines that fit."""
    count = 0
    for line in reversed(lines):
        room -= len(line) + 1
        if room < 0:
            break
        count += 1
    return lines[len(lines) - count :]
