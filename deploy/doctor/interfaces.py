"""A host's interfaces and addresses, and which packets strangers can send to it. Pure.

A stranger is whoever is not in the Tailscale network and could complete a connection: addresses on the Internet, and
private ones only where the host itself has such an address. Whoever is on the same cable, and reaches the addresses
that are valid there alone, is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv6Interface, ip_interface, ip_network

from deploy.core.values import dataclass
from deploy.doctor.addresses import Address, Addresses, Network, everybody, union
from deploy.doctor.packets import Behind, Packets

TAILSCALE = (ip_network("100.64.0.0/10"), ip_network("fd7a:115c:a1e0::/48"))
NOT_PUBLIC = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10")
PRIVATE = tuple(map(ip_network, NOT_PUBLIC))
NOBODY = tuple(map(ip_network, ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/127", "ff00::/8")))
LINE = re.compile(r"^\d+:\s+(\S+)\s+inet6?\s+(\S+)(?:\s+peer\s+(\S+))?", re.MULTILINE)
DEVICE = re.compile(r"\bdev (\S+)")
OF_DOCKER = re.compile(r"docker0|docker_gwbridge|br-[0-9a-f]{12}|veth[0-9a-f]{7}")
CABLE = "veth"  # from a bridge to one container
TAILSCALES = "tailscale"


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface, with its addresses of both families."""

    name: str
    addresses: tuple[IPv4Interface | IPv6Interface, ...]

    @property
    def loopback(self) -> bool:
        own = self.addresses
        return self.name == "lo" or (bool(own) and all(each.is_loopback for each in own))

    @property
    def of_tailscale(self) -> bool:
        """By its name, or since it has no other address; the host's own of its link say nothing."""
        telling = [each.ip for each in self.addresses if not each.is_link_local]
        return self.name.startswith(TAILSCALES) or (bool(telling) and all(map(in_tailscale, telling)))


@dataclass(frozen=True, slots=True)
class Interfaces:
    """All of a host. `default` are those by which it reaches the rest of the world."""

    all: tuple[Interface, ...]
    default: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(each.name for each in self.all) | self.default

    @property
    def open(self) -> tuple[Interface, ...]:
        """Those by which strangers come: not loopback, not Tailscale's, and not of Docker's own bridges."""
        return tuple(
            each
            for each in self.all
            if not each.loopback and not each.of_tailscale and not self._of_docker(each.name)
        )

    @property
    def bridges(self) -> tuple[Interface, ...]:
        """Those of Docker's, behind which containers are; they are on this very host, and no strangers."""
        return tuple(
            each for each in self.all if self._of_docker(each.name) and not each.name.startswith(CABLE)
        )

    def _of_docker(self, name: str) -> bool:
        return name not in self.default and OF_DOCKER.fullmatch(name) is not None

    def strangers(self, family: int) -> Addresses:
        """Whoever could send the first packet of a connection, and get an answer."""
        near = union(
            family, [each.network for one in self.open for each in one.addresses if not each.is_link_local]
        )
        far = [each for each in PRIVATE if not near & union(family, [each])]
        own = [ip_network(each.ip) for one in self.all for each in one.addresses]
        return everybody(family) - union(family, [*TAILSCALE, *NOBODY, *far, *own])

    def from_strangers(self, family: int, port: int) -> Iterator[Packets]:
        """What they can send to a port of the host; any of its addresses is answered on any interface."""
        senders, own = self.strangers(family), [each.ip for one in self.open for each in one.addresses]
        addresses = [
            ip for ip in own if ip.version == family and not in_tailscale(ip) and not ip.is_link_local
        ]
        for interface in self.open:
            for address in addresses:
                yield Packets(senders, interface.name, address, port, interfaces=self.names)

    def from_members(self, address: Address, port: int) -> Iterator[Packets]:
        """What members of the Tailscale network can send to an address of the host in it."""
        members, theirs = union(address.version, TAILSCALE), (*filter(_has_tailscale, self.all),)
        for name in [each.name for each in theirs] or ["tailscale0"]:
            yield Packets(members, name, address, port, interfaces=self.names)

    def behind(self, family: int, port: int) -> Behind:
        """Where Docker leads what it publishes, to a container's own port."""
        networks: list[Network] = [
            each.network for one in self.bridges for each in one.addresses if each.version == family
        ]
        return Behind(port, frozenset(each.name for each in self.bridges), tuple(networks))


def parse_interfaces(addresses: str, default: str = "") -> Interfaces:
    """The output of `ip -o -4 addr` and `ip -o -6 addr`, and of `ip -o route show default`."""
    found: dict[str, list[IPv4Interface | IPv6Interface]] = {}
    for name, address, peer in LINE.findall(addresses):
        own = f"{address}/{peer.partition('/')[2]}" if peer and "/" not in address else address
        found.setdefault(name.partition("@")[0], []).append(ip_interface(own))
    leads_out = frozenset(DEVICE.findall(default))
    named = (Interface(name, tuple(each)) for name, each in found.items())
    bare = (Interface(name, ()) for name in sorted(leads_out - found.keys()) if found)
    return Interfaces((*named, *bare), leads_out)


def in_tailscale(address: Address) -> bool:
    return any(address in network for network in TAILSCALE)


def _has_tailscale(interface: Interface) -> bool:
    return interface.name.startswith(TAILSCALES) or any(in_tailscale(each.ip) for each in interface.addresses)
