"""Any small set of rules, beside a plain reading of it for one packet: who holds, keeps every stranger out."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network

from hypothesis import given, settings, strategies as st

from deploy.doctor.addresses import Addresses, span
from deploy.doctor.firewall import parse
from deploy.doctor.guard import Guard
from deploy.doctor.interfaces import parse_interfaces
from deploy.doctor.rules_firewall import docker_guards, input_guards
from deploy.systems.hosts import BuildKitSpec
from tests.deploy.doctor.test_firewall_cases import addresses, container

HOST = {"eth0": ["198.51.100.20/24"], "eth1": ["10.1.0.5/16"], "tailscale0": ["100.64.123.81/32"]}
SENDERS = ("198.51.100.7", "192.0.2.9", "10.1.0.9", "8.8.8.8")
OURS = ("198.51.100.20", "10.1.0.5")
CHAINS = ("INPUT", "DOCKER-USER", "one", "two")
CALLS = {"INPUT": ("one", "two"), "DOCKER-USER": ("one", "two"), "one": ("two",), "two": ()}
NETWORKS = st.sampled_from(["198.51.100.0/24", "192.0.2.0/25", "10.0.0.0/8", "0.0.0.0/0", "100.64.0.0/10"])
FRIENDS = {"eth0": True, "8.8.8.8": True}  # what is in the set that nobody can read


@dataclass(frozen=True, slots=True)
class Sent:
    """One packet; `forwarded` where Docker led it on."""

    source: str
    interface: str
    to: str
    forwarded: bool


@dataclass(frozen=True, slots=True)
class Match:
    """An option with its value: `words` as iptables prints it."""

    name: str
    value: str
    negated: bool

    @property
    def words(self) -> str:
        return f"{MODULE.get(self.name, '')}{'! ' if self.negated else ''}{self.name} {self.value}"

    def is_for(self, sent: Sent) -> bool:
        return _plainly(self.name, self.value, sent) is not self.negated


MODULE = {
    "--src-range": "-m iprange ",
    "--match-set": "-m set ",
    "--ctorigdstport": "-m conntrack ",
    "--dst-type": "-m addrtype ",
}


def _plainly(name: str, value: str, sent: Sent) -> bool:  # noqa: PLR0911 (one for each option)
    match name:
        case "-s":
            return ip_address(sent.source) in ip_network(value)
        case "--src-range":
            first, last = (IPv4Address(each) for each in value.split("-"))
            return first <= IPv4Address(sent.source) <= last
        case "-i":
            return sent.interface == value
        case "--dport":
            return int(value) == (80 if sent.forwarded else 1234)
        case "--ctorigdstport":
            return value == "1234"
        case "-d":
            return ip_address("172.17.0.2" if sent.forwarded else sent.to) in ip_network(value)
        case "--dst-type":
            return not sent.forwarded
        case _:
            return sent.source in FRIENDS


@dataclass(frozen=True, slots=True)
class Written:
    chain: str
    matches: tuple[Match, ...]
    target: str
    goes: bool

    @property
    def line(self) -> str:
        words = [match.words for match in self.matches]
        return " ".join([f"-A {self.chain} -p tcp", *words, "-g" if self.goes else "-j", self.target])


MATCHES = st.one_of(
    st.builds(Match, st.just("-s"), NETWORKS, st.booleans()),
    st.builds(Match, st.just("-d"), st.sampled_from(["198.51.100.20/32", "172.17.0.0/16"]), st.booleans()),
    st.builds(Match, st.just("-i"), st.sampled_from(["eth0", "eth1", "ens3", "tailscale0"]), st.booleans()),
    st.builds(Match, st.just("--dport"), st.sampled_from(["1234", "80", "22"]), st.booleans()),
    st.builds(Match, st.just("--ctorigdstport"), st.sampled_from(["1234", "80"]), st.booleans()),
    st.builds(Match, st.just("--src-range"), st.just("8.0.0.0-9.0.0.0"), st.booleans()),
    st.builds(Match, st.just("--dst-type"), st.just("LOCAL"), st.booleans()),
    st.builds(Match, st.just("--match-set"), st.just("friends src"), st.booleans()),
)


@st.composite
def written(draw: st.DrawFn) -> Written:
    chain = draw(st.sampled_from(CHAINS))
    called = draw(st.sampled_from([*CALLS[chain], ""]))
    target = called or draw(st.sampled_from(["ACCEPT", "DROP", "RETURN", "REJECT", "LOG"]))
    goes = bool(called) and draw(st.booleans())
    return Written(chain, tuple(draw(st.lists(MATCHES, max_size=3))), target, goes)


def plainly(rules: list[Written], chain: str, sent: Sent) -> str:
    """What the kernel does: ACCEPT, DROP, or RETURN to whoever called."""
    for rule in rules:
        if rule.chain != chain or not all(match.is_for(sent) for match in rule.matches):
            continue
        if rule.target in {"ACCEPT", "DROP", "REJECT", "RETURN"}:
            return rule.target
        if rule.target != "LOG":
            found = plainly(rules, rule.target, sent)
            if found != "RETURN" or rule.goes:
                return found
    return "RETURN"


def gets_in(rules: list[Written], chain: str, policy: str, *, forwarded: bool) -> bool:
    sent = [Sent(source, by, to, forwarded) for source in SENDERS for by in ("eth0", "eth1") for to in OURS]
    ends = {plainly(rules, chain, each) for each in sent}
    return "ACCEPT" in ends or ("RETURN" in ends and policy == "ACCEPT")


@settings(max_examples=400, deadline=None)
@given(st.lists(written(), max_size=9), st.sampled_from(["ACCEPT", "DROP"]))
def test_no_rule_holds_where_a_plain_reading_lets_a_stranger_in(rules: list[Written], policy: str) -> None:
    text = [f"-P INPUT {policy}", *(f"-N {chain}" for chain in CHAINS[1:]), *(rule.line for rule in rules)]
    seen = Guard(
        parse_interfaces(addresses(HOST)),
        {4: parse("\n".join(text))},
        container=container(["0.0.0.0:1234"], [80]),
        listening=("0.0.0.0:1234",),
    )
    judged = {
        "INPUT": input_guards(BuildKitSpec("h", "100.64.123.81"), seen),
        "DOCKER-USER": docker_guards(BuildKitSpec("h", "100.64.123.81"), seen),
    }
    for chain, it in judged.items():
        forwarded = chain == "DOCKER-USER"
        lets_in = gets_in(rules, chain, "ACCEPT" if forwarded else policy, forwarded=forwarded)
        assert not (it.verdict == "holds" and lets_in), (chain, it)
        certain = not any("friends" in rule.line for rule in rules) and not (
            forwarded and any("-d 1" in rule.line for rule in rules)
        )
        assert not certain or it.verdict != "unknown", (chain, it)


RANGES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=4)


@given(RANGES, RANGES)
def test_sets_of_addresses_are_sets(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    def both(ranges: list[tuple[int, int]]) -> tuple[Addresses, set[int]]:
        found = span(IPv4Address(1), IPv4Address(0))
        for begin, end in ranges:
            found |= span(IPv4Address(begin), IPv4Address(end))
        return found, {each for begin, end in ranges for each in range(begin, end + 1)}

    (a, plain_a), (b, plain_b) = both(one), both(other)
    for found, plain in ((a & b, plain_a & plain_b), (a | b, plain_a | plain_b), (a - b, plain_a - plain_b)):
        assert {each for begin, end in found.ranges for each in range(begin, end + 1)} == plain
