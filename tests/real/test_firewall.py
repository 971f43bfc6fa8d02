"""What fisk reads from the host is what the kernel does: each set of rules is tried from two sides."""

from __future__ import annotations

import shlex
import socket
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from deploy.doctor.addresses import span
from deploy.doctor.firewall import parse
from deploy.doctor.guard import Guard
from deploy.doctor.interfaces import parse_interfaces
from deploy.doctor.rules_firewall import input_guards
from deploy.systems.hosts import BuildKitSpec
from tests.real.namespaces import OURS, PUBLIC, TAILSCALE, Namespaces, inside, run

if TYPE_CHECKING:
    from deploy.doctor.packets import Packets

pytestmark = [pytest.mark.root, pytest.mark.debian("iptables", "iproute2")]
PORT = 1234
SIDES = {"Tailscale": (OURS[0], TAILSCALE), "outside": (OURS[1], PUBLIC)}
OURS6, PUBLIC6 = "2001:db8::1", "2001:db8::81"
SIX = (OURS6, PUBLIC6)
SPEC = BuildKitSpec("machine", "100.64.123.81")
GUARD = "-p tcp -m tcp --dport 1234 -j DROP"


@pytest.fixture(scope="module")
def spaces() -> Iterator[Namespaces]:
    spaces = Namespaces("w")
    try:
        spaces.create()
        for name, address in ((spaces.machine, PUBLIC6), (spaces.outside, OURS6)):
            link = next(each for each in links(name) if each != "lo")
            run("ip", "-n", name, "address", "add", f"{address}/64", "dev", link, "nodad")
        yield spaces
    finally:
        spaces.delete()


@pytest.fixture(scope="module")
def buildkit(spaces: Namespaces) -> Iterator[None]:
    """Somebody listens on the machine, at every address."""
    with inside(spaces.machine):
        server = socket.create_server(("::", PORT), family=socket.AF_INET6, backlog=50, dualstack_ipv6=True)
    with server:
        yield


def links(namespace: str) -> list[str]:
    return run("ip", "netns", "exec", namespace, "ls", "/sys/class/net").split()


def tables(spaces: Namespaces, rule: str, tool: str = "iptables") -> str:
    return run("ip", "netns", "exec", spaces.machine, tool, *shlex.split(rule))


def with_rules(spaces: Namespaces, rules: list[str], tool: str = "iptables") -> None:
    for rule in ("-P INPUT ACCEPT", "-F", "-X", *rules):
        tables(spaces, rule.replace("CABLE", cable(spaces)), tool)


def cable(spaces: Namespaces) -> str:
    return next(name for name in links(spaces.machine) if name.startswith("fm"))


def seen(spaces: Namespaces, *families: int) -> Guard:
    """The machine as the doctor sees it."""
    addresses = "".join(run("ip", "-n", spaces.machine, "-o", f"-{family}", "addr") for family in (4, 6))
    tools = {4: "iptables", 6: "ip6tables"}
    chains = {family: parse(tables(spaces, "-S", tools[family])) for family in families}
    return Guard(parse_interfaces(addresses), chains)


def connects(source: str, target: str, spaces: Namespaces, within: float) -> bool:
    with inside(spaces.outside):
        link = socket.socket(socket.AF_INET6 if ":" in target else socket.AF_INET)
    with link:
        link.settimeout(within)
        link.bind((source, 0))
        try:
            link.connect((target, PORT))
        except OSError:
            return False
        return True


@pytest.mark.usefixtures("buildkit")
@pytest.mark.parametrize(
    ("rules", "fates"),
    [
        ([], ("accept", "accept")),
        (["-P INPUT DROP"], ("drop", "drop")),
        ([f"-A INPUT {GUARD}"], ("drop", "drop")),
        ([f"-A INPUT ! -s 100.64.0.0/10 {GUARD}"], ("accept", "drop")),
        (
            ["-A INPUT -s 100.64.0.0/10 -p tcp --dport 1234 -j ACCEPT", f"-A INPUT {GUARD}"],
            ("accept", "drop"),
        ),
        (["-P INPUT DROP", "-A INPUT -s 100.64.0.0/10 -j ACCEPT"], ("accept", "drop")),
        (["-A INPUT -p tcp -m multiport --dports 22,1200:1300 -j REJECT"], ("drop", "drop")),
        (["-A INPUT -p tcp -j LOG", "-A INPUT -p udp --dport 1234 -j DROP"], ("accept", "accept")),
        (["-P INPUT DROP", "-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT"], ("drop", "drop")),
        (
            [
                "-N guard",
                "-A INPUT -m comment --comment 'only Tailscale' -j guard",
                "-A guard -s 100.64.0.0/10 -j RETURN",
                f"-A guard {GUARD}",
            ],
            ("accept", "drop"),
        ),
        (["-A INPUT -i eth0 -p tcp --dport 1234 -j DROP"], ("accept", "accept")),  # this machine has none
        (["-A INPUT -i CABLE ! -s 100.64.0.0/10 -p tcp --dport 1234 -j DROP"], ("accept", "drop")),
        (
            [
                "-P INPUT DROP",
                "-N not-local",
                "-A INPUT -m conntrack --ctstate INVALID -j DROP",
                "-A INPUT -j not-local",
                "-A INPUT -s 100.64.0.0/10 -p tcp --dport 1234 -j ACCEPT",
                "-A not-local -m addrtype --dst-type LOCAL -j RETURN",
                "-A not-local -m limit --limit 3/min -j RETURN",
                "-A not-local -j DROP",
            ],
            ("accept", "drop"),
        ),
        (["-A INPUT -d 192.0.2.82/32 -p tcp --dport 1234 -j DROP"], ("accept", "accept")),
        ([f"-A INPUT -d {PUBLIC}/32 {GUARD}"], ("accept", "drop")),
        (["-A INPUT -m iprange ! --src-range 100.64.0.0-100.127.255.255 -j DROP"], ("accept", "drop")),
        (
            ["-A INPUT -p tcp --tcp-flags FIN,SYN,RST,ACK SYN -m addrtype --src-type UNICAST -j DROP"],
            ("drop", "drop"),
        ),
        (
            [
                *("-N a", "-N b", "-P INPUT DROP", "-A INPUT -j a"),
                "-A INPUT -s 100.64.0.0/10 -j ACCEPT",
                *("-A a -g b", "-A a -j ACCEPT", "-A b -p udp -j ACCEPT"),
            ],
            ("accept", "drop"),
        ),
        (["-A INPUT -i lo -j DROP", "-A INPUT -i f+ -s 192.0.2.0/24 -j DROP"], ("accept", "drop")),
    ],
)
def test_the_reading_is_what_the_kernel_does(
    spaces: Namespaces, rules: list[str], fates: tuple[str, str]
) -> None:
    with_rules(spaces, rules)
    host = seen(spaces, 4)
    for (side, fate), packets in zip(zip(SIDES, fates, strict=True), sides(host), strict=True):
        found = host.chains[4].fate("INPUT", packets)
        assert (bool(found.accepted), bool(found.dropped)) == (fate == "accept", fate == "drop"), (
            side,
            found,
        )
        # What is to be dropped is given less time: a slow machine cannot make it get through.
        assert connects(*SIDES[side], spaces, 0.2 if fate == "drop" else 10.0) is (fate == "accept")
    # Where one stranger's network alone is dropped, this one is not let in, and others are.
    whole = fates == ("accept", "drop") and not any("-s 192.0.2.0/24" in rule for rule in rules)
    verdict = "holds" if whole else "broken"
    assert input_guards(SPEC, host).verdict == verdict


def sides(host: Guard) -> tuple[Packets, Packets]:
    """From Tailscale, and from outside."""
    (member,) = host.interfaces.from_members(ip_address(TAILSCALE), PORT)
    (stranger,) = host.interfaces.from_strangers(4, PORT)
    us = {side: span(ip_address(source), ip_address(source)) for side, (source, _) in SIDES.items()}
    return replace(member, sources=us["Tailscale"]), replace(stranger, sources=us["outside"])


@pytest.mark.usefixtures("buildkit")
@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ([], "broken"),
        (["-A INPUT -i CABLE -p tcp --dport 1234 -j DROP"], "holds"),
        (["-A INPUT -i eth0 -p tcp --dport 1234 -j DROP"], "broken"),
        (["-P INPUT DROP", "-A INPUT -p ipv6-icmp -j ACCEPT"], "holds"),
        (
            ["-P INPUT DROP", "-A INPUT -p ipv6-icmp -j ACCEPT", "-A INPUT -s 2001:db8::/64 -j ACCEPT"],
            "broken",
        ),
    ],
)
def test_a_port_that_is_open_in_both_families_is_guarded_in_both(
    spaces: Namespaces, rules: list[str], verdict: str
) -> None:
    with_rules(spaces, [f"-A INPUT ! -s 100.64.0.0/10 {GUARD}"])
    with_rules(spaces, rules, "ip6tables")
    assert input_guards(SPEC, seen(spaces, 4, 6)).verdict == verdict
    assert connects(*SIX, spaces, 0.2 if verdict == "holds" else 10.0) is (verdict == "broken")
    assert not connects(*SIDES["outside"], spaces, 0.2)
