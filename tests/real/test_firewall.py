"""fisk's evaluation of `iptables -S` matches the kernel: each rule set is tried from two sides."""

from __future__ import annotations

import shlex
import socket
from typing import TYPE_CHECKING

import pytest

from deploy.doctor.firewall import Packet, parse
from tests.real.namespaces import OURS, PUBLIC, TAILSCALE, Namespaces, inside, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.doctor.firewall import Fate

pytestmark = [pytest.mark.root, pytest.mark.debian("iptables", "iproute2")]
PORT = 1234
SIDES = {"Tailscale": (OURS[0], TAILSCALE), "outside": (OURS[1], PUBLIC)}
GUARD = "-p tcp -m tcp --dport 1234 -j DROP"


@pytest.fixture(scope="module")
def spaces() -> Iterator[Namespaces]:
    spaces = Namespaces("w")
    try:
        spaces.create()
        yield spaces
    finally:
        spaces.delete()


@pytest.fixture(scope="module")
def buildkit(spaces: Namespaces) -> Iterator[None]:
    """Somebody listens on the machine, at every address."""
    with inside(spaces.machine):
        server = socket.create_server(("0.0.0.0", PORT), backlog=50)
    with server:
        yield


def iptables(spaces: Namespaces, rule: str) -> str:
    return run("ip", "netns", "exec", spaces.machine, "iptables", *shlex.split(rule))


def connects(spaces: Namespaces, side: str, within: float) -> bool:
    source, target = SIDES[side]
    with inside(spaces.outside):
        link = socket.socket()
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
        (["-A INPUT -i lo -j DROP", "-A INPUT -i f+ -s 192.0.2.0/24 -j DROP"], ("accept", "drop")),
    ],
)
def test_the_reading_is_what_the_kernel_does(
    spaces: Namespaces, rules: list[str], fates: tuple[Fate, Fate]
) -> None:
    for clean in ("-P INPUT ACCEPT", "-F", "-X"):
        iptables(spaces, clean)
    for rule in rules:
        iptables(spaces, rule)
    chains = parse(iptables(spaces, "-S"))
    interface = run("ip", "netns", "exec", spaces.machine, "ls", "/sys/class/net").split()
    cable = next(name for name in interface if name.startswith("fm"))
    for side, fate in zip(SIDES, fates, strict=True):
        assert chains.fate("INPUT", Packet(SIDES[side][0], cable, PORT)) == fate
        # What is to be dropped is given less time: a slow machine cannot make it get through.
        assert connects(spaces, side, 0.2 if fate == "drop" else 10.0) is (fate == "accept")
