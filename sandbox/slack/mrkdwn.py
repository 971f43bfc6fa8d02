"""Slack's markup: conversion of typed text to it, and of it to plain text."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.slack.workspace import Workspace

EMOJI: Mapping[str, str] = {
    "white_check_mark": "✅", "heavy_check_mark": "✔️", "x": "❌", "warning": "⚠️", "rotating_light": "🚨",
    "rocket": "🚀", "hourglass_flowing_sand": "⏳", "lock": "🔒", "unlock": "🔓", "eyes": "👀",
    "large_green_circle": "🟢", "large_yellow_circle": "🟡", "red_circle": "🔴", "white_circle": "⚪",
    "rewind": "⏪", "fire": "🔥", "wrench": "🔧", "package": "📦", "arrow_right": "➡️", "tada": "🎉",
    "+1": "👍", "wave": "👋", "no_entry": "⛔", "stopwatch": "⏱️",
    "information_source": "\N{INFORMATION SOURCE}️",
}  # fmt: skip

_NAMES = re.compile(r"(?<![\w@])@([\w.-]+)|(?<![\w#&])#([\w-]+)")
_ANGLES = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")
_MARKS = re.compile(r"(?<![\w*_~`])([*_~])(?=\S)([^\n]+?)(?<=\S)\1(?![\w*_~`])")
_CODE = re.compile(r"```\n?(.*?)\n?```|`([^`\n]+)`", re.DOTALL)


def escaped(text: str) -> str:
    """Escape typed `&`, `<` and `>`."""
    return html.escape(text, quote=False)


def linked(workspace: Workspace, text: str, *, named: bool = False) -> str:
    """Escaped text with `@ana` and `#deploys` as ids; `named` adds the name, as slash commands have it."""

    def link(found: re.Match[str]) -> str:
        target = _target(workspace, found[1], found[2])
        if not target:
            return found.group()
        return f"<{target}|{found[1] or found[2]}>" if named else f"<{target}>"

    return _NAMES.sub(link, escaped(text))


def _target(workspace: Workspace, person: str | None, channel: str | None) -> str:
    """The markup of `@person` or `#channel`; empty if there is none of that name."""
    for user in workspace.users.values():
        if user.name == person:
            return f"@{user.id}"
    for group in workspace.groups.values():
        if group.handle == person:
            return f"!subteam^{group.id}"
    for where in workspace.channels.values():
        if where.name == channel:
            return f"#{where.id}"
    return ""


def plain(workspace: Workspace, text: str, *, marked: bool = True) -> str:
    """Plain text: names for ids, link texts, no marks, no escapes. `marked`: the input is mrkdwn."""
    if marked:
        text = _ANGLES.sub(lambda found: _spoken(workspace, found[1], found[2]), text)
        text = _unmarked(text)
        text = html.unescape(text)
    return re.sub(r":([a-z0-9_+-]+):", lambda found: EMOJI.get(found[1], found[0]), text)


def _unmarked(text: str) -> str:
    """The text without bold, italic and strike marks; code spans are unchanged."""
    parts, end = [], 0
    for code in _CODE.finditer(text):
        parts += [
            _MARKS.sub(r"\2", text[end : code.start()]),
            code[1] if code[1] is not None else f"`{code[2]}`",
        ]
        end = code.end()
    return "".join([*parts, _MARKS.sub(r"\2", text[end:])])


def _spoken(workspace: Workspace, target: str, label: str | None) -> str:
    if target.startswith("@"):
        user = workspace.users.get(target[1:])
        return f"@{user.name if user else label or target[1:]}"
    if target.startswith("#"):
        channel = workspace.channels.get(target[1:])
        return f"#{channel.name if channel else label or target[1:]}"
    if target.startswith("!subteam^"):
        group = workspace.groups.get(target.removeprefix("!subteam^"))
        return f"@{group.handle if group else label or target}"
    if target.startswith("!date^"):
        return label or target
    if target.startswith("!"):
        return f"@{target[1:]}"
    return label or target
