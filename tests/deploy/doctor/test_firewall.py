"""A firewall's verdict on a connection, by the output of `iptables -S`."""

from __future__ import annotations

import pytest

from deploy.doctor.firewall import Packet, parse

OUTSIDE = Packet("198.51.100.7", "eth0", 1234)
TAILSCALE = Packet("100.64.0.9", "tailscale0", 1234)


ACCEPTING, DROPPING = "-P INPUT ACCEPT", "-P INPUT DROP"
DROP = "-p tcp -m tcp --dport 1234 -j DROP"


@pytest.mark.parametrize(
    ("policy", "rules", "outside", "tailscale"),
    [
        (ACCEPTING, [], "accept", "accept"),
        (DROPPING, [], "drop", "drop"),
        (ACCEPTING, [f"-A INPUT {DROP}"], "drop", "drop"),
        (ACCEPTING, [f"-A INPUT ! -s 100.64.0.0/10 {DROP}"], "drop", "accept"),
        (
            ACCEPTING,
            ["-A INPUT ! -i tailscale0 -p tcp --dport 1200:1300 -j REJECT --reject-with x"],
            "drop",
            "accept",
        ),
        (DROPPING, ["-A INPUT -i tailscale+ -j ACCEPT"], "drop", "accept"),
        (DROPPING, ["-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"], "drop", "drop"),
        (ACCEPTING, ["-A INPUT -p tcp -m multiport --dports 22,1234 -j DROP"], "drop", "drop"),
        (ACCEPTING, ["-A INPUT -p udp --dport 1234 -j DROP"], "accept", "accept"),
        (ACCEPTING, ['-A INPUT -p tcp --dport 1234 -j LOG --log-prefix "-j DROP "'], "accept", "accept"),
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
        (ACCEPTING, ["-A INPUT -m set --match-set bad src -j DROP"], "unsure", "unsure"),
        (ACCEPTING, ["-A INPUT -p udp -m set --match-set bad src -j DROP"], "accept", "accept"),
        (ACCEPTING, ["-A INPUT -j NFQUEUE --queue-num 1"], "unsure", "unsure"),
        (ACCEPTING, ["-N a", "-A INPUT -j a", "-A a -j a"], "unsure", "unsure"),
    ],
)
def test_a_chain_decides_by_its_first_rule_that_is_for_the_packet(
    policy: str, rules: list[str], outside: str, tailscale: str
) -> None:
    chains = parse("\n".join([policy, *rules]))
    assert (chains.fate("INPUT", OUTSIDE), chains.fate("INPUT", TAILSCALE)) == (outside, tailscale)


def test_a_chain_without_a_policy_hands_the_packet_back() -> None:
    chains = parse("-N DOCKER-USER\n-A DOCKER-USER -j RETURN")
    assert chains.fate("DOCKER-USER", OUTSIDE) is None
    assert "DOCKER-USER" in chains
    assert "INPUT" not in chains
