"""Normalises and splits a command line as typed on any keyboard."""

from __future__ import annotations

import re
import shlex
from functools import lru_cache

from deploy.core.errors import NotUnderstood
from deploy.core.visible import visible

_QUOTES = str.maketrans(
    {**dict.fromkeys("“”„", '"'), **dict.fromkeys("\u2018\u2019", "'"), "\u00a0": " ", "`": " "}
)
_DASHES = re.compile(r"(?<!\S)[\u2014\u2013]{1,2}(?=[A-Za-z])")
_ESCAPED = re.compile(r"<([@#!])([A-Z0-9^]+)(?:\|([^<>]*))?>")
_NAME = re.compile(r"[\w.-]+")
_OF_IDS = re.compile(r"access\s")  # what such a line says of somebody goes by their id
# Whom a line is for, before it begins: `@fisk:`, `hey @fisk`, `@fisk /fisk`; Slack sends a mention's id.
_ADDRESS = re.compile(
    r"\s*(?:(?:(?:hey|hi|hello|ok)[\s,]+)?(?:<@[A-Z0-9]+(?:\|[^<>]*)?>|[@/]?[Ff]isk)[:,]?(?=\s|$)\s*)+"
)
MOST = 2000  # characters: a longer line would fit on no button


def within(text: str) -> str:
    """A line that is short enough to be read. Raises errors.NotUnderstood."""
    if len(text) > MOST:
        raise NotUnderstood(what=f"That line has {len(text):,} characters, and fisk reads at most {MOST:,}.")
    return text


@lru_cache(maxsize=512)
def normalise(text: str) -> str:
    """Undo what phones and Slack do to a line: curly quotes, long dashes, non-breaking spaces, `<@U1|ana>`,
    characters that nobody sees; and leave out that it is for fisk. A mention becomes the name that people read, as
    in a reason; the id where it counts, or where Slack sends no name.
    """
    line = _unaddressed(_DASHES.sub("--", visible(text).translate(_QUOTES))).strip()
    return _ESCAPED.sub(r"\2" if by_ids(line) else _named, line).strip()


def by_ids(line: str) -> bool:
    """Whether what a line says of people goes by their ids, so that no name may stand there."""
    return bool(_OF_IDS.match(line))


def _named(found: re.Match[str]) -> str:
    sign, id_, name = found.groups()
    return f"{sign}{name}" if name and _NAME.fullmatch(name) else id_


def _unaddressed(line: str) -> str:
    found = _ADDRESS.match(line)
    return line[found.end() :] if found else line


def split(text: str) -> list[str]:
    """Split a line into words as a shell does; where quotes are unbalanced, only at blanks."""
    clean = normalise(text)
    try:
        return shlex.split(clean)
    except ValueError:
        return clean.split()
