"""GitHub's filter patterns (`docs/**`, `!**.md`, `v[12].*`), tried in time linear in the text. Pure.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
A regular expression of a pattern with many `*` could take for ever; the set of states that is kept here cannot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from deploy.core.values import dataclass

TOKENS = re.compile(r"(?:(?<=/)|^)\*\*/|\*\*|\*|\[[^\]]*\]|\\.|.", re.DOTALL)
LONGEST = 500  # characters of a pattern
SLASH = "/"


class TooComplex(ValueError):
    """Patterns that would take too long to be tried."""


@dataclass(frozen=True, slots=True)
class Part:
    """One character of the text, or as many as there are where it `repeats`; `optional`: or none.

    One that fits nothing is passed without a character, and `skips` as many parts as that, as before `**/`.
    """

    fits: str  # a character, or the inside of a class; empty for any
    any: bool = False
    slash: bool = True
    repeats: bool = False
    optional: bool = False
    skips: int = 0

    def takes(self, character: str) -> bool:
        if self.any:
            return self.slash or character != SLASH
        return character in self.fits


def cost(patterns: Sequence[str], texts: Sequence[str]) -> int:
    """About how many steps it takes to try every pattern: each wildcard may keep a state of its own."""
    states = sum(1 + sum(map(each.count, "*?+")) for each in patterns)
    return states * sum(map(len, texts))


QUANTIFIERS: dict[str, Callable[[Part], Part]] = {
    "?": lambda part: replace(part, optional=True),
    "+": lambda part: replace(part, repeats=True),
}


def decided(patterns: Sequence[str], text: str) -> bool:
    """Whether the last pattern that fits takes the text; one with `!` gives it back."""
    fitting = [each for each in patterns if matches(each.removeprefix("!"), text)]
    return bool(fitting) and not fitting[-1].startswith("!")


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text fits. Raises TooComplex."""
    if len(pattern) > LONGEST:
        raise TooComplex(pattern[:LONGEST])
    parts = _parts(pattern)
    at = _closed(parts, {0})
    for character in text:
        at = _closed(parts, set(_next(parts, at, character)))
    return len(parts) in at


def _next(parts: Sequence[Part], at: Iterable[int], character: str) -> Iterable[int]:
    for place in at:
        if place < len(parts) and parts[place].takes(character):
            yield place + 1
            if parts[place].repeats:
                yield place


def _closed(parts: Sequence[Part], at: set[int]) -> set[int]:
    """The states, and those reached from them without a character."""
    found, ahead = set(at), list(at)
    while ahead:
        place = ahead.pop()
        for following in _free(parts, place):
            if following not in found:
                found.add(following)
                ahead.append(following)
    return found


def _free(parts: Sequence[Part], place: int) -> Iterable[int]:
    if place < len(parts):
        part = parts[place]
        if part.optional:
            yield place + 1
        if part.skips:
            yield place + part.skips


def _parts(pattern: str) -> list[Part]:
    parts: list[Part] = []
    for piece in TOKENS.findall(pattern):
        if piece in {"?", "+"} and parts:
            parts[-1] = QUANTIFIERS[piece](parts[-1])
        else:
            parts.extend(_of(piece))
    return parts


def _of(piece: str) -> list[Part]:
    if piece in {"**/", "**", "*"}:
        many = Part("", any=True, slash=piece != "*", repeats=True, optional=True)
        return [Part("", optional=True, skips=3), many, Part(SLASH)] if piece == "**/" else [many]
    if piece.startswith("[") and len(piece) > 1:
        return [Part(_class(piece[1:-1]))]
    return [Part(piece[-1])]


def _class(inside: str) -> str:
    """The characters of `0-9a-z_`."""
    spans = re.findall(r"(.)-(.)|(.)", inside, re.DOTALL)
    return "".join(
        single or "".join(map(chr, range(ord(first), min(ord(last), ord(first) + 255) + 1)))
        for first, last, single in spans
    )
