"""Text from outside, without the characters that nobody sees and that change what others seem to say."""

from __future__ import annotations

import re

HIDDEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters: a terminal obeys them
    "\u061c\u202a-\u202e\u2066-\u206f"  # directions: they show text in another order
    "\xad\u034f\u180b-\u180f\u200b-\u200f\u2028\u2029\u2060-\u2065\ufeff\ufff9-\ufffb"  # of no width
    "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # blank letters
    "\ufe00-\ufe0d\U000e0000-\U000e0fff"  # tags and variants, by which a text can hide another
    "\ud800-\udfff"  # halves of characters, which cannot be written
    "]"
)


def visible(text: str) -> str:
    """A text without them; tabs and line ends stay. Linear in its length."""
    return HIDDEN.sub("", text)


def numbered(json: str) -> str:
    r"""A JSON text that spells each of them as its number, as in \u202e."""
    return HIDDEN.sub(_number, json)


def _number(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))
