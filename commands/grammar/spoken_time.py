"""When something is to be done, as people say it: `at Mon 07:00`, `in 30m`."""

from __future__ import annotations

import re

from commands.grammar.syntax import is_duration

SENTENCES = ("--reason", "--break-glass")  # behind them are a person's own words
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_DAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*|\d{4}-\d\d-\d\d", re.IGNORECASE)


def spoken_time(words: list[str]) -> list[str]:
    """The same line, in which `at 07:00` is `--at 07:00`, `in 30m` is `--in 30m`, and a day with its time one word."""
    end = next((place for place, word in enumerate(words) if word.lower().startswith(SENTENCES)), len(words))
    for at in range(end):
        if said := _said(words[at:]):
            return [*words[:at], *said, *words[at + 1 + len(said[1].split()) :]]
    return words


def _said(words: list[str]) -> tuple[str, str] | None:
    """The option and its value that some words begin with, where they are a time beyond doubt."""
    first, value, then = [*words[:3], "", "", ""][:3]
    if first.lower() in {"in", "--in"} and is_duration(value):
        return "--in", value
    if first.lower() not in {"at", "--at"}:
        return None
    if _CLOCK.fullmatch(value):
        return "--at", value
    return ("--at", f"{value} {then}") if _DAY.fullmatch(value) and _CLOCK.fullmatch(then) else None
