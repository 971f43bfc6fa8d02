"""What a firewall does with new connections, by `iptables -S`: rule for rule, and in any combination."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from deploy.doctor.addresses import Addresses, union
from deploy.doctor.firewall import Chains, parse
from deploy.doctor.packets import Behind, Packets

EVERYWHERE = union(4, [ip_network("198.51.100.0/24"), ip_network("192.0.2.0/24")])
OUTSIDE = Packets(
    EVERYWHERE,
    "eth0",
    ip_address("203.0.113.81"),
    1234,
    interfaces=frozenset({"eth0", "tailscale0", "docker0"}),
)
TAILSCALE = Packets(union(4, [ip_network("100.64.0.0/10")]), "tailscale0", ip_address("100.64.123.81"), 1234)
BEHIND = Behind(80, frozenset({"docker0"}), (ip_network("172.17.0.0/16"),))

ACCEPTING, DROPPING = "-P INPUT ACCEPT", "-P INPUT DROP"
DROP = "-p tcp -m tcp --dport 1234 -j DROP"


def fate(chains: Chains, packets: Packets) -> str:
    """What happens to all of them."""
    found = chains.fate("INPUT", packets)
    assert not packets.sources - (found.accepted | found.dropped)
    if found.accepted and found.dropped:
        return "some of each" if found.certainly_accepted else "unsure"
    return "accept" if found.accepted else "drop"


@pytest.mark.parametrize(
    ("policy", "rules", "outside", "tailscale"),
    [
        (ACCEPTING, [], "accept", "accept"),
        (DROPPING, [], "drop", "drop"),
        (ACCEPTING, [f"-A INPUT {DROP}"], "drop", "drop"),
        (ACCEPTING, [f"-A INPUT ! -s 100.64.0.0/10 {DROP}"], "drop", "accept"),
        (ACCEPTING, [f"-A INPUT -s 192.0.2.0/24 {DROP}"], "some of each", "accept"),
        (ACCEPTING, [f"-A INPUT ! -s 0.0.0.0/0 {DROP}"], "accept", "accept"),
        (
            ACCEPTING,
            ["-A INPUT ! -i tailscale0 -p tcp --dport 1200:1300 -j REJECT --reject-with x"],
            "drop",
            "accept",
        ),
        (DROPPING, ["-A INPUT -i tailscale+ -j ACCEPT"], "drop", "accept"),
        (DROPPING, ["-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"], "drop", "drop"),
        (ACCEPTING, ["-A INPUT -p tcp -m multiport --dports 22,1234 -j DROP"], "drop", "drop"),
        (ACCEPTING, ["-A INPUT -p tcp -m multiport ! --dports 22,80 -j DROP"], "drop", "drop"),
        (ACCEPTING, ["-A INPUT -p tcp -m multiport --ports 22,1234 -j DROP"], "drop", "drop"),
        (ACCEPTING, ["-A INPUT -p tcp -m tcp --sport 1024:65535 --dport 1234 -j DROP"], "unsure", "unsure"),
        (ACCEPTING, ["-A INPUT -p udp --dport 1234 -j DROP"], "accept", "accept"),
        (ACCEPTING, ["-A INPUT ! -p tcp -j ACCEPT", f"-A INPUT {DROP}"], "drop", "drop"),
        (ACCEPTING, ['-A INPUT -p tcp --dport 1234 -j LOG --log-prefix "-j DROP "'], "accept", "accept"),
        (ACCEPTING, ['-A INPUT -m comment --comment "-j ACCEPT" -j DROP'], "drop", "drop"),
        (
            ACCEPTING,
            [
                "-N ts-input",
                "-A INPUT -j ts-input",
                "-A ts-input -s 100.64.0.0/10 -i tailscale0 -j ACCEPT",
                f'-A INPUT -m comment --comment "only Tailscale" {DROP}',
            ],
            "drop",
            "accept",
        ),
        (
            ACCEPTING,
            ["-N guard", "-A INPUT -j guard", "-A guard -i tailscale0 -j RETURN", f"-A guard {DROP}"],
            "drop",
            "accept",
        ),
        (
            DROPPING,
            ["-N a", "-N b", "-A INPUT -j a", "-A a -g b", "-A a -j ACCEPT", "-A b -i tailscale0 -j ACCEPT"],
            "drop",
            "accept",
        ),
        (ACCEPTING, ["-A INPUT -m set --match-set bad src -j DROP"], "unsure", "unsure"),
        (ACCEPTING, ["-A INPUT -m set ! --match-set good src -j DROP"], "unsure", "unsure"),
        (ACCEPTING, ["-A INPUT -p udp -m set --match-set bad src -j DROP"], "accept", "accept"),
        (ACCEPTING, ["-A INPUT -m set --match-set bad src -j DROP", f"-A INPUT {DROP}"], "drop", "drop"),
        (ACCEPTING, [f"-A INPUT {DROP}", "-A INPUT -m set --match-set good src -j ACCEPT"], "drop", "drop"),
        (ACCEPTING, ["-A INPUT -m limit --limit 3/min -j RETURN", f"-A INPUT {DROP}"], "unsure", "unsure"),
        (DROPPING, ["-A INPUT -m limit --limit 3/min -j LOG"], "drop", "drop"),
        (ACCEPTING, ["-A INPUT -m brand-new --thing 1 -j DROP"], "unsure", "unsure"),
        (ACCEPTING, ["-A INPUT -m addrtype --dst-type LOCAL -j DROP"], "drop", "drop"),
        (ACCEPTING, ["-A INPUT -m addrtype ! --dst-type LOCAL -j DROP"], "accept", "accept"),
        (ACCEPTING, ["-A INPUT -d 203.0.113.81/32 -j DROP"], "drop", "accept"),
        (ACCEPTING, ["-A INPUT -m iprange --src-range 192.0.2.0-198.51.100.255 -j DROP"], "drop", "accept"),
        (
            ACCEPTING,
            ["-A INPUT -m iprange ! --src-range 100.64.0.0-100.127.255.255 -j DROP"],
            "drop",
            "accept",
        ),
        (ACCEPTING, ["-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP"], "drop", "drop"),
        (ACCEPTING, ["-A INPUT -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j DROP"], "accept", "accept"),
        (ACCEPTING, ["-A INPUT -j NFQUEUE --queue-num 1"], "unsure", "unsure"),
        (ACCEPTING, ["-N a", "-A INPUT -j a", "-A a -j a"], "unsure", "unsure"),
        (ACCEPTING, ["-A INPUT -j gone"], "unsure", "unsure"),
        (DROPPING, ["-A INPUT -m comment --comment 'a quote that never ends -j ACCEPT"], "unsure", "unsure"),
        (DROPPING, ["-A INPUT -s ! 10.0.0.0/8 -j ACCEPT"], "unsure", "unsure"),
    ],
)
def test_a_chain_decides_by_its_first_rule_that_is_for_the_packet(
    policy: str, rules: list[str], outside: str, tailscale: str
) -> None:
    chains = parse("\n".join([policy, *rules]))
    assert (fate(chains, OUTSIDE), fate(chains, TAILSCALE)) == (outside, tailscale)


@pytest.mark.parametrize(
    ("rules", "let_in"),
    [
        (["-A DOCKER-USER -j RETURN"], True),
        (["-A DOCKER-USER -p tcp -m tcp --dport 80 -j DROP"], False),
        (["-A DOCKER-USER -p tcp -m tcp --dport 1234 -j DROP"], True),
        (["-A DOCKER-USER -p tcp -m conntrack --ctorigdstport 1234 --ctdir ORIGINAL -j DROP"], False),
        (["-A DOCKER-USER -p tcp -m conntrack --ctorigdstport 80 --ctdir ORIGINAL -j DROP"], True),
        (["-A DOCKER-USER -m conntrack --ctdir REPLY -j DROP"], True),
        (["-A DOCKER-USER -d 203.0.113.81/32 -j DROP"], True),
        (["-A DOCKER-USER -m conntrack --ctorigdst 203.0.113.81 -j DROP"], False),
        (["-A DOCKER-USER -d 172.16.0.0/12 -j DROP"], False),
        (["-A DOCKER-USER -o docker0 -j DROP"], False),
        (["-A DOCKER-USER -o eth0 -j DROP"], True),
        (["-A DOCKER-USER -m addrtype --dst-type LOCAL -j DROP"], True),
    ],
)
def test_behind_docker_a_packet_has_the_containers_address_and_port(
    rules: list[str], *, let_in: bool
) -> None:
    chains = parse("\n".join(["-N DOCKER-USER", *rules]))
    found = chains.forwarded(replace(OUTSIDE, behind=BEHIND))
    assert (bool(found.accepted), bool(found.dropped)) == (let_in, not let_in)


def test_where_the_containers_network_is_not_known_nobody_can_tell_its_address() -> None:
    chains = parse("-N DOCKER-USER\n-A DOCKER-USER -d 172.17.0.2/32 -o docker0 -j DROP")
    found = chains.forwarded(replace(OUTSIDE, behind=Behind(80), interfaces=frozenset({"eth0"})))
    assert (found.accepted, found.dropped) == (EVERYWHERE, EVERYWHERE)
    assert found.doubts == ("-d 172.17.0.2/32 -o docker0 -j DROP",)


def test_chains_that_lead_to_each_other_in_very_many_ways_are_given_up() -> None:
    chains = [f"-N c{each}" for each in range(40)]
    jumps = [f"-A c{each} -s 192.0.{again}.0/25 -j c{each + 1}" for each in range(39) for again in range(60)]
    text = "\n".join(
        [ACCEPTING, *chains, "-A INPUT -j c0", *jumps, "-A c39 -m set --match-set a src -j RETURN"]
    )
    found = parse(text).fate("INPUT", OUTSIDE)
    assert isinstance(found.accepted, Addresses)
    assert found.accepted == EVERYWHERE
