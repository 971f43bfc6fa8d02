"""The options of a command line."""

from __future__ import annotations

from collections.abc import Sequence


def word_set(text: str) -> frozenset[str]:
    """A set of words, written as a text."""
    return frozenset(text.split())


def option_values(words: Sequence[str], *names: str) -> list[str]:
    """The values of an option that may stand more than once: `-t X`, `--tag X`, `--tag=X`, `-tX` is none."""
    found = []
    for place, word in enumerate(words):
        name, mark, value = word.partition("=")
        if name in names:
            found.append(value if mark else (*words, "")[place + 1])
    return found


def option(words: Sequence[str], *names: str) -> str:
    return (option_values(words, *names) or [""])[-1]


def positional(words: Sequence[str], flags: frozenset[str]) -> list[str]:
    """What is no option and no option's value; `flags` are the options that take none."""
    return [
        word
        for before, word in zip(["", *words], words, strict=False)
        if not _option(word) and (not _option(before) or "=" in before or before in flags)
    ]


def _option(word: str) -> bool:
    return word.startswith("-") and word != "-"


def leading(words: Sequence[str], takes: frozenset[str], ends: frozenset[str] = frozenset()) -> int:
    """How many words are options before the command; `takes` are those that take a word, `ends` are commands."""
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] not in ends:
        at += 2 if words[at] in takes else 1
    return at
