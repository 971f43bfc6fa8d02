"""Sets of IP addresses of one family, exactly: what a rule for a network leaves over is again such a set. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, summarize_address_range

from deploy.core.values import dataclass

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Range = tuple[int, int]  # both ends are in it


@dataclass(frozen=True, slots=True)
class Addresses:
    """`ranges` are in order, and do not touch."""

    family: int
    ranges: tuple[Range, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __contains__(self, address: Address) -> bool:
        return any(begin <= int(address) <= end for begin, end in self.ranges)

    def __and__(self, other: Addresses) -> Addresses:
        both = ((max(a, c), min(b, d)) for a, b in self.ranges for c, d in other.ranges)
        return Addresses(self.family, _in_order(each for each in both if each[0] <= each[1]))

    def __or__(self, other: Addresses) -> Addresses:
        return Addresses(self.family, _in_order((*self.ranges, *other.ranges)))

    def __sub__(self, other: Addresses) -> Addresses:
        return self & other.others

    @property
    def others(self) -> Addresses:
        """Every address of the family that is not in it."""
        last = 2 ** (32 if self.family == 4 else 128)  # noqa: PLR2004 (IP's two families)
        starts = (0, *(end + 1 for _, end in self.ranges))
        ends = (*(begin - 1 for begin, _ in self.ranges), last - 1)
        gaps = zip(starts, ends, strict=True)
        return Addresses(self.family, tuple(each for each in gaps if each[0] <= each[1]))

    def __str__(self) -> str:
        """Its networks, as few of them as a person reads."""
        first = [str(each).removesuffix("/32").removesuffix("/128") for each in self._networks(4)]
        return ", ".join(first[:3]) + (" and others" if first[3:] else "")

    def _networks(self, most: int) -> list[Network]:
        found: list[Network] = []
        for begin, end in self.ranges[:most]:
            found += summarize_address_range(self._address(begin), self._address(end))
        return found[:most]

    def _address(self, number: int) -> Address:
        return IPv4Address(number) if self.family == 4 else IPv6Address(number)  # noqa: PLR2004 (likewise)


def span(first: Address, last: Address) -> Addresses:
    """From one address to another."""
    return Addresses(first.version, ((int(first), int(last)),) if first <= last else ())  # type: ignore[operator]


def union(family: int, networks: Iterable[Network]) -> Addresses:
    """All addresses of those networks that are of the family."""
    own = (each for each in networks if each.version == family)
    ranges = ((int(each.network_address), int(each.broadcast_address)) for each in own)
    return Addresses(family, _in_order(ranges))


def everybody(family: int) -> Addresses:
    return Addresses(family).others


def _in_order(ranges: Iterable[Range]) -> tuple[Range, ...]:
    merged: list[Range] = []
    for begin, end in sorted(ranges):
        if merged and begin <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return tuple(merged)
