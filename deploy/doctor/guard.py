"""What keeps strangers from BuildKit's port, as its host tells it: interfaces, rules, and where the port is open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from ipaddress import ip_address
from typing import TYPE_CHECKING

from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.doctor.firewall import Chains, parse
from deploy.doctor.interfaces import Interfaces, in_tailscale, parse_interfaces
from deploy.systems.docker import Container
from deploy.systems.host import failure, stdout

if TYPE_CHECKING:
    from deploy.doctor.addresses import Address
    from deploy.doctor.evidence import Evidence
    from deploy.systems.ssh import Output, Ssh

TABLES = {4: "iptables", 6: "ip6tables"}
TABLE = re.compile(r"^table (\S+) (\S+)", re.MULTILINE)
OF_IPTABLES = frozenset({"filter", "nat", "mangle", "raw", "security"})
LEGACY = re.compile(r"(\S*legacy) tables present")
NOT_THERE = 127  # the shell knows no such command


@dataclass(frozen=True, slots=True)
class Guard:
    """The firewall of BuildKit's host, and what it is to guard.

    Attributes:
        chains: by family; IPv6's only where the port is open there.
        others: tables that iptables does not show, as far as they are known.
        container: BuildKit's.
        listening: the `address:port` that the host has open at the port.
        tried: whether the port took a connection at each address where it must not.
    """

    interfaces: Interfaces
    chains: Mapping[int, Chains]
    others: tuple[str, ...] = ()
    container: Container | None = None
    listening: tuple[str, ...] = ()
    tried: Mapping[str, bool] = field(default_factory=dict)

    @property
    def published(self) -> tuple[str, ...]:
        return self.container.published if self.container else ()

    @property
    def inside(self) -> tuple[int, ...]:
        return self.container.inside if self.container else ()


def host_of(published: str) -> Address:
    """The address of an `address:port`. Raises ValueError."""
    text = published.rpartition(":")[0].strip("[]").partition("%")[0]
    return ip_address("::" if text == "*" else text)


def private(address: Address) -> bool:
    """Whether only Tailscale, or the machine itself, gets there."""
    return in_tailscale(address) or address.is_loopback


async def look_at_guard(it: Evidence) -> Guard:
    """Ask the host for all of it. Raises errors.HostFailure where any part is not to be had."""
    container, listening = await it.published()
    published = container.published if container else ()
    spec, ssh = it.buildkit().spec, it.buildkit().ssh
    members = ip_address(spec.address).version
    families = {4, members} | {host_of(each).version for each in (*published, *listening)}
    interfaces, listed, tables, tried = await together(
        _interfaces(ssh),
        together(*(_rules(ssh, family) for family in sorted(families))),
        _other_tables(ssh),
        together(*(it.answers(address) for address in spec.outside)),
    )
    chains: dict[int, Chains] = {
        family: parse(output.out) for family, output in zip(sorted(families), listed, strict=True)
    }
    legacy = [found for output in listed for found in LEGACY.findall(output.out + output.err)]
    return Guard(
        interfaces,
        chains,
        tuple(dict.fromkeys((*tables, *legacy))),
        container,
        listening,
        dict(zip(spec.outside, tried, strict=True)),
    )


async def _interfaces(ssh: Ssh) -> Interfaces:
    four, six, default = await together(
        stdout(ssh, ["ip", "-o", "-4", "addr"]),
        stdout(ssh, ["ip", "-o", "-6", "addr"]),
        stdout(ssh, ["ip", "-o", "route", "show", "default"]),
    )
    return parse_interfaces(four + six, default)


async def _rules(ssh: Ssh, family: int) -> Output:
    """With what it says on the other stream, which is where it warns of tables that it does not show."""
    argv = ssh.host.as_root(TABLES[family], "-S")
    output = await ssh.run(argv)
    if output.status:
        raise failure(ssh, argv, output)
    return output


async def _other_tables(ssh: Ssh) -> tuple[str, ...]:
    """Those of nftables that are not iptables' own; none where the host has no nft."""
    argv = ssh.host.as_root("nft", "list", "tables")
    output = await ssh.run(argv)
    if output.status == NOT_THERE or (output.status == 1 and "command not found" in output.err):
        return ()
    if output.status:
        return (f"those that `nft` did not list: {failure(ssh, argv, output)}".rstrip("."),)
    return other_tables(output.out)


def other_tables(text: str) -> tuple[str, ...]:
    """The tables of `nft list tables` that `iptables -S` and `ip6tables -S` show nothing of."""
    return tuple(
        f"table {family} {name}"
        for family, name in TABLE.findall(text)
        if family in {"inet", "netdev"} or (family in {"ip", "ip6"} and name not in OF_IPTABLES)
    )
