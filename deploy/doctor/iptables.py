"""One rule as `iptables -S` prints it: its options, its target, and whose packets it is for. Pure."""

from __future__ import annotations

import shlex
from functools import lru_cache
from typing import TYPE_CHECKING

from deploy.core.values import dataclass
from deploy.doctor.addresses import Addresses, everybody
from deploy.doctor.matches import answer

if TYPE_CHECKING:
    from deploy.doctor.packets import Packets

TARGETS = frozenset({"-j", "--jump", "-g", "--goto"})
TWO_VALUES = frozenset({"--tcp-flags", "--match-set"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a chain: `options` as (negated, name, values); `unreadable` ones have parts that fisk lost."""

    text: str
    options: tuple[tuple[bool, str, tuple[str, ...]], ...] = ()
    target: str = ""
    goes: bool = False
    unreadable: bool = False

    def senders(self, packets: Packets) -> tuple[Addresses, bool]:
        """Those whose packets it may be for, and whether it certainly is."""
        found, sure = packets.sources, not self.unreadable
        for negated, name, values in self.options:
            told = answer(name, values, packets)
            if told is None:
                sure = False
                continue
            found &= _senders(told, packets.family, negated=negated)
        return found, sure


def _senders(told: bool | Addresses, family: int, *, negated: bool) -> Addresses:  # noqa: FBT001 (it is an answer)
    if isinstance(told, Addresses):
        return told.others if negated else told
    return everybody(family) if told is not negated else Addresses(family)


@lru_cache(maxsize=4096)
def read_rule(text: str) -> Rule:
    """The words behind `-A CHAIN`."""
    try:
        words = shlex.split(text)
    except ValueError:
        return Rule(text, unreadable=True)
    options: list[tuple[bool, str, tuple[str, ...]]] = []
    lost = False
    while words:
        negated = words[0] == "!"
        name = words.pop(1 if negated and len(words) > 1 else 0)
        words = words[1:] if negated and words else words
        if name in TARGETS:
            target = words.pop(0) if words else ""  # what follows are the target's own options
            return Rule(text, tuple(options), target, name in {"-g", "--goto"}, lost)
        values, words = _values(name, words)
        lost = lost or not name.startswith("-")
        options.append((negated, name, values))
    return Rule(text, tuple(options), unreadable=lost)


def _values(name: str, words: list[str]) -> tuple[tuple[str, ...], list[str]]:
    if name == "--comment":  # whatever people write there
        return tuple(words[:1]), words[1:]
    count = 0
    while count < len(words) and count < (2 if name in TWO_VALUES else 1):
        if words[count] == "!" or (words[count].startswith("-") and len(words[count]) > 1):
            break
        count += 1
    return tuple(words[:count]), words[count:]
