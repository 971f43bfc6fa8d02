"""Whether an option of iptables is for a packet: yes, no, for some senders, or nobody can tell. Pure.

The options are those that `iptables -S` prints (iptables-extensions(8)).
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from deploy.doctor.addresses import Address, Addresses, Network, span, union

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from deploy.doctor.packets import Packets

Answer = bool | Addresses | None  # the senders that it is for; None: nobody can tell
TAILSCALES_MARK = "0x40000/0xff0000"  # set by Tailscale alone, on what came in through its interface
SAY_NOTHING_ALONE = frozenset(
    {
        "tcp",
        "comment",
        "conntrack",
        "state",
        "multiport",
        "iprange",
        "addrtype",
        "mark",
        "set",
        "pkttype",
        "rt",
        "udp",
    }
)


def answer(name: str, values: tuple[str, ...], packets: Packets) -> Answer:
    """Whether it is for the packets; nobody can tell of one that fisk does not know."""
    match = MATCHES.get(name)
    if match is None:
        return None
    try:
        return match(" ".join(values), packets)
    except ValueError:
        return None


# --- each option


def _protocol(value: str, _: Packets) -> Answer:
    return value.lower() in {"tcp", "6", "all", "0"}


def _module(value: str, _: Packets) -> Answer:
    return True if value in SAY_NOTHING_ALONE else None


def _source(value: str, packets: Packets) -> Answer:
    return union(packets.family, [_network(value, packets)])


def _destination(value: str, packets: Packets) -> Answer:
    return _leads(union(packets.family, [_network(value, packets)]), packets)


def _source_range(value: str, packets: Packets) -> Answer:
    return _range(value, packets)


def _destination_range(value: str, packets: Packets) -> Answer:
    return _leads(_range(value, packets), packets)


def _first_destination(value: str, packets: Packets) -> Answer:
    return bool(_only(packets.to) & union(packets.family, [_network(value, packets)]))


def _leads(wanted: Addresses, packets: Packets) -> Answer:
    """Whether the packet goes there; a container's own address is not known, its network may be."""
    if packets.behind is None:
        return bool(_only(packets.to) & wanted)
    if not wanted.others:
        return True
    inside = union(packets.family, packets.behind.networks)
    if not inside:
        return None
    return False if not inside & wanted else (None if inside - wanted else True)


def _only(address: Address) -> Addresses:
    return span(address, address)


def _network(value: str, packets: Packets) -> Network:
    network = ip_network(value, strict=False)
    if network.version != packets.family:
        raise ValueError(value)
    return network


def _range(value: str, packets: Packets) -> Addresses:
    first, _, last = value.partition("-")
    found = span(ip_address(first), ip_address(last or first))
    if found.family != packets.family:
        raise ValueError(value)
    return found


def _enters(value: str, packets: Packets) -> Answer:
    return _named(value, packets.interface)


def _leaves(value: str, packets: Packets) -> Answer:
    if packets.behind is None:
        return False
    if packets.behind.bridges:
        found = {_named(value, each) for each in packets.behind.bridges}
        return found.pop() if len(found) == 1 else None
    return False if any(_named(value, each) for each in packets.interfaces) else None


def _named(value: str, interface: str) -> bool:
    return interface.startswith(value[:-1]) if value.endswith("+") else interface == value


def _port(value: str, packets: Packets) -> Answer:
    return _within(value, packets.arrives_at)


def _first_port(value: str, packets: Packets) -> Answer:
    return _within(value, packets.port)


def _ports(value: str, packets: Packets) -> Answer:
    return any(_within(part, packets.arrives_at) for part in value.split(","))


def _either_port(value: str, packets: Packets) -> Answer:
    return _ports(value, packets) or _sender_port(value, packets)


def _sender_port(value: str, _: Packets) -> Answer:
    """A sender chooses it."""
    return True if value in {"0:65535", "1:65535"} else None


def _within(ports: str, port: int) -> bool:
    first, colon, last = ports.partition(":")
    return int(first or 0) <= port <= int(last or (65535 if colon else first))


def _state(value: str, packets: Packets) -> Answer:
    states = set(value.split(","))
    if "NEW" in states:
        return True
    return bool(states & {"DNAT"}) and packets.behind is not None if "UNTRACKED" not in states else None


def _direction(value: str, _: Packets) -> Answer:
    return value == "ORIGINAL"


def _flags(value: str, _: Packets) -> Answer:
    """The first packet of a connection has SYN and nothing else."""
    looked_at, wanted = (set(part.split(",")) for part in value.split())
    seen = {"SYN"} if looked_at & {"SYN", "ALL"} else set()
    return seen == wanted - {"NONE"}


def _kind_of_destination(value: str, packets: Packets) -> Answer:
    return ("UNICAST" if packets.behind else "LOCAL") in value.split(",")


def _kind_of_source(value: str, _: Packets) -> Answer:
    return "UNICAST" in value.split(",")


def _cast(value: str, _: Packets) -> Answer:
    return value == "unicast"


def _mark(value: str, packets: Packets) -> Answer:
    """Other tables set marks, and those `iptables -S` does not show."""
    return False if value == TAILSCALES_MARK and not packets.interface.startswith("tailscale") else None


def _always(_value: str, _: Packets) -> Answer:
    return True


def _never(_value: str, _: Packets) -> Answer:
    return False


def _each(
    names: Iterable[str], match: Callable[[str, Packets], Answer]
) -> dict[str, Callable[[str, Packets], Answer]]:
    return dict.fromkeys(names, match)


MATCHES: Mapping[str, Callable[[str, Packets], Answer]] = {
    **_each(("-p", "--protocol", "--ctproto"), _protocol),
    **_each(("-m", "--match"), _module),
    **_each(("-s", "--source", "--ctorigsrc"), _source),
    **_each(("-d", "--destination"), _destination),
    "--src-range": _source_range,
    "--dst-range": _destination_range,
    "--ctorigdst": _first_destination,
    "--ctorigdstport": _first_port,
    "--ctdir": _direction,
    **_each(("-i", "--in-interface"), _enters),
    **_each(("-o", "--out-interface"), _leaves),
    **_each(("--dport", "--destination-port"), _port),
    **_each(("--dports", "--destination-ports"), _ports),
    "--ports": _either_port,
    **_each(("--sport", "--source-port", "--sports", "--source-ports"), _sender_port),
    **_each(("--ctstate", "--state"), _state),
    "--tcp-flags": _flags,
    "--syn": _always,
    "--dst-type": _kind_of_destination,
    "--src-type": _kind_of_source,
    "--pkt-type": _cast,
    "--mark": _mark,
    "--comment": _always,
    **_each(("-f", "--fragment", "--rt-type"), _never),  # a whole packet without a routing header
}
