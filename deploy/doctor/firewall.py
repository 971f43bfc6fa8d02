"""What a firewall does with new connections, read from `iptables -S`. Pure.

Where nobody can tell whether a rule is for a packet, both is taken to be possible. So a rule that fisk cannot read
matters only where it stands before the decision (docs/guide/doctor.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from deploy.core.values import dataclass
from deploy.doctor.addresses import Addresses
from deploy.doctor.iptables import Rule, read_rule
from deploy.doctor.packets import Packets

ACCEPTS = frozenset({"ACCEPT"})
DROPS = frozenset({"DROP", "REJECT"})
PASSIVE = frozenset(
    {"AUDIT", "CLASSIFY", "CONNMARK", "CONNSECMARK", "LED", "LOG", "MARK", "NFLOG", "RATEEST"}
)
PASSIVE |= {"SECMARK", "SET", "TCPMSS", "TRACE", "ULOG"}
FORWARD, DOCKER_USER = "FORWARD", "DOCKER-USER"
LETS_IN = frozenset({"DOCKER", "DOCKER-FORWARD"})  # Docker's own chains let in what it publishes
LETS_PASS = frozenset({"DOCKER-ISOLATION-STAGE-1", "DOCKER-ISOLATION-STAGE-2"})
DEEPEST = 100  # chains that lead to each other
MOST_RULES = 20_000  # looked at for one packet: chains that lead to each other in many ways


@dataclass(frozen=True, slots=True)
class Fate:
    """The senders whose packets are possibly accepted, and possibly dropped; `rest` may be handed back.

    Whoever is in one of them alone is certain of it. `doubts` are the rules that made it possible only.
    """

    accepted: Addresses
    dropped: Addresses
    rest: Addresses
    doubts: tuple[str, ...] = ()

    @property
    def certainly_accepted(self) -> Addresses:
        return self.accepted - self.dropped

    def __or__(self, other: Fate) -> Fate:
        doubts = tuple(dict.fromkeys((*self.doubts, *other.doubts)))
        rest = self.rest | other.rest
        return Fate(self.accepted | other.accepted, self.dropped | other.dropped, rest, doubts)


@dataclass(frozen=True, slots=True)
class Chains:
    """Rules by chain, in order; and the policies of the chains that have one."""

    rules: Mapping[str, tuple[Rule, ...]]
    policies: Mapping[str, str]

    def __contains__(self, chain: str) -> bool:
        return chain in self.rules

    @property
    def of_docker(self) -> bool:
        """Whether Docker keeps its chains here."""
        return DOCKER_USER in self or bool(LETS_IN & set(self.rules))

    def fate(self, chain: str, packets: Packets) -> Fate:
        """What a chain that the kernel itself asks does with packets; nothing is left over."""
        found = _Walk(self, packets).chain(chain, packets.sources, ())
        nobody, rest, policy = _none(packets), found.rest, self.policies.get(chain)
        last = Fate(rest, nobody, nobody) if policy in ACCEPTS else Fate(nobody, rest, nobody)
        if rest and policy is None:
            last = _anything(rest, f"-P {chain} is missing")
        return last | replace(found, rest=nobody)

    def forwarded(self, packets: Packets) -> Fate:
        """What becomes of packets that Docker leads to a container that it publishes."""
        if FORWARD in self.policies:
            return self.fate(FORWARD, packets)
        found = _Walk(self, packets).chain(DOCKER_USER, packets.sources, ())
        return replace(found, accepted=found.accepted | found.rest, rest=_none(packets))


def parse(text: str) -> Chains:
    """The output of `iptables -S`, or of `ip6tables -S`."""
    rules: dict[str, list[Rule]] = {}
    policies: dict[str, str] = {}
    for line in text.splitlines():
        match line.split(maxsplit=2):
            case ["-P", chain, policy]:
                policies[chain] = policy.split()[0]
                rules.setdefault(chain, [])
            case ["-N", chain, *_]:
                rules.setdefault(chain, [])
            case ["-A", chain, *words]:
                rules.setdefault(chain, []).append(read_rule(" ".join(words)))
            case _:
                pass
    return Chains({chain: tuple(found) for chain, found in rules.items()}, policies)


def _none(packets: Packets) -> Addresses:
    return Addresses(packets.family)


def _anything(senders: Addresses, doubt: str) -> Fate:
    return Fate(senders, senders, senders, (doubt,))


@dataclass(slots=True)
class _Walk:
    """One way through the chains; what a chain does with the same senders is found out once."""

    chains: Chains
    packets: Packets
    known: dict[tuple[str, Addresses], Fate] = field(default_factory=dict)
    looked: int = 0

    def chain(self, name: str, senders: Addresses, above: tuple[str, ...]) -> Fate:
        """`above`: the chains that lead here; the kernel knows none that leads to itself."""
        if name in above or len(above) > DEEPEST or self.looked > MOST_RULES:
            return _anything(senders, f"-j {name}")
        if (name, senders) not in self.known:
            self.known[name, senders] = self._through(name, senders, (*above, name))
        return self.known[name, senders]

    def _through(self, name: str, senders: Addresses, above: tuple[str, ...]) -> Fate:
        nobody = _none(self.packets)
        total, back = Fate(nobody, nobody, nobody), nobody
        for rule in self.chains.rules.get(name, ()):
            if not senders:
                break
            self.looked += 1
            theirs, sure = rule.senders(self.packets)
            theirs, sure = theirs & senders, sure or self._docker_lets_in(rule)
            if not theirs or self._passes(rule):
                continue
            found = self._does(rule, theirs, above)
            doubts = found.doubts if sure else (rule.text, *found.doubts)
            total |= Fate(found.accepted, found.dropped, nobody, doubts)
            returned = rule.target == "RETURN" or rule.goes
            back |= found.rest if returned else nobody
            senders = (senders - theirs if sure else senders) | (nobody if returned else found.rest)
        return Fate(total.accepted, total.dropped, senders | back, total.doubts)

    def _passes(self, rule: Rule) -> bool:
        """Whether a rule decides nothing about any packet."""
        passive = rule.target in PASSIVE or (not rule.target and not rule.unreadable)
        return passive or (self.packets.behind is not None and rule.target in LETS_PASS)

    def _docker_lets_in(self, rule: Rule) -> bool:
        """By which of its bridges the container is left is Docker's matter."""
        return self.packets.behind is not None and rule.target in LETS_IN

    def _does(self, rule: Rule, senders: Addresses, above: tuple[str, ...]) -> Fate:
        """What its target does with those whom the rule is for."""
        nobody, target = _none(self.packets), rule.target
        if target in ACCEPTS or self._docker_lets_in(rule):
            return Fate(senders, nobody, nobody)
        if target in DROPS:
            return Fate(nobody, senders, nobody)
        if target == "RETURN":
            return Fate(nobody, nobody, senders)
        if target in self.chains:
            return self.chain(target, senders, above)
        return _anything(senders, rule.text)
