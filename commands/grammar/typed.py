"""A line as somebody typed it, on whatever keyboard, as the words that they meant."""

from __future__ import annotations

import re
import shlex

_QUOTES = str.maketrans(
    {**dict.fromkeys("“”„", '"'), **dict.fromkeys("\u2018\u2019", "'"), "\u00a0": " ", "`": " "}
)
_DASHES = re.compile(r"(?<!\S)[\u2014\u2013]{1,2}(?=[A-Za-z])")
_ESCAPED = re.compile(r"<([@#!])([A-Z0-9^]+)(?:\|[^>]*)?>")


def normalise(text: str) -> str:
    """Undo what phones do to a command line: curly quotes, long dashes, hard spaces, `<@U1|ana>`."""
    return _ESCAPED.sub(r"\2", _DASHES.sub("--", text.translate(_QUOTES))).strip()


def split(text: str) -> list[str]:
    """The words of a line. A lone apostrophe is one, where quotes do not pair up."""
    clean = normalise(text)
    try:
        return shlex.split(clean)
    except ValueError:
        return clean.split()
