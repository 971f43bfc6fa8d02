"""What a firewall does with a new connection, read from `iptables -S`. Pure.

A published port never passes INPUT: Docker rewrites the address before, so only DOCKER-USER sees it
(docs/guide/doctor.md). What fisk cannot read makes the answer unsure, never a guess.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Literal

Fate = Literal["accept", "drop", "unsure"]
ENDS: Mapping[str, Fate] = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "drop"}
PASSIVE = frozenset({"LOG", "NFLOG", "MARK", "CONNMARK", "TRACE"})
DEEPEST = 10  # chains that call each other


@dataclass(frozen=True, slots=True)
class Packet:
    """The first packet of a TCP connection."""

    source: str
    interface: str
    port: int


@dataclass(frozen=True, slots=True)
class Chains:
    """Rules by chain, in order, each as its words; and the policies."""

    rules: Mapping[str, tuple[tuple[str, ...], ...]]
    policies: Mapping[str, str]

    def __contains__(self, chain: str) -> bool:
        return chain in self.rules

    def fate(self, chain: str, packet: Packet, depth: int = 0) -> Fate | None:
        """What a chain does with a packet; None where it hands it back to whoever called it."""
        for rule in self.rules.get(chain, ()):
            matches, target = _read(rule, packet)
            if matches is False or target in PASSIVE or not target:
                continue
            if matches is None:
                return "unsure"
            if target == "RETURN":
                break
            if found := ENDS.get(target) or self._inner(target, packet, depth):
                return found
        policy = self.policies.get(chain, "")
        return ENDS.get(policy)

    def _inner(self, chain: str, packet: Packet, depth: int) -> Fate | None:
        if chain not in self.rules or depth >= DEEPEST:
            return "unsure"
        return self.fate(chain, packet, depth + 1)


def parse(text: str) -> Chains:
    """The output of `iptables -S`."""
    rules: dict[str, list[tuple[str, ...]]] = {}
    policies: dict[str, str] = {}
    for line in text.splitlines():
        match shlex.split(line):
            case ["-P", chain, policy, *_]:
                policies[chain] = policy
                rules.setdefault(chain, [])
            case ["-N", chain, *_]:
                rules.setdefault(chain, [])
            case ["-A", chain, *words]:
                rules.setdefault(chain, []).append(tuple(words))
            case _:
                pass
    return Chains({chain: tuple(found) for chain, found in rules.items()}, policies)


def _read(rule: tuple[str, ...], packet: Packet) -> tuple[bool | None, str]:
    """Whether a rule is for the packet (None: nobody can tell), and its target."""
    words, verdicts, target = list(rule), list[bool | None](), ""
    while words:
        negated = words[0] == "!"
        option = words.pop(0) if not negated else (words.pop(0), words.pop(0))[1]
        if option in {"-j", "-g"}:
            target = words.pop(0)
            break  # what follows are the target's own options
        value = words.pop(0) if words and not words[0].startswith("-") and words[0] != "!" else ""
        found = _matches(option, value, packet)
        verdicts.append(found if found is None or not negated else not found)
    if False in verdicts:
        return False, target
    return (None if None in verdicts else True), target


def _matches(option: str, value: str, packet: Packet) -> bool | None:  # noqa: PLR0911 (one arm for each option)
    match option:
        case "-m" | "--comment":
            return True
        case "-p":
            return value in {"tcp", "all"}
        case "-s":
            return ip_address(packet.source) in ip_network(value, strict=False)
        case "-i":
            return (
                packet.interface.startswith(value[:-1]) if value.endswith("+") else packet.interface == value
            )
        case "--dport" | "--ctorigdstport":
            return _within(value, packet.port)
        case "--dports":
            return any(_within(part, packet.port) for part in value.split(","))
        case "--ctstate" | "--state":
            return "NEW" in value.split(",")
        case _:
            return None


def _within(ports: str, port: int) -> bool:
    first, _, last = ports.partition(":")
    return int(first or 0) <= port <= int(last or first or 65535)
