"""Whether an option of iptables is for a packet: yes, no, for some senders, or nobody can tell. Pure.

The options are those that `iptables -S` prints (iptables-extensions(8)).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network

from deploy.doctor.addresses import Addresses, span, union
from deploy.doctor.packets import Packets

Answer = bool | Addresses | None  # the senders that it is for; None: nobody can tell
TAILSCALES_MARK = "0x40000/0xff0000"  # set by Tailscale alone, on what came in through its interface
SAY_NOTHING_ALONE = frozenset({"tcp", "udp", "comment", "conntrack", "state", "multiport", "iprange"})
SAY_NOTHING_ALONE |= {"addrtype", "mark", "set", "pkttype", "rt"}


def answer(name: str, values: tuple[str, ...], packets: Packets) -> Answer:
    """Whether it is for the packets; nobody can tell of one that fisk does not know."""
    match = MATCHES.get(name)
    try:
        return match(" ".join(values), packets) if match else None
    except ValueError:
        return None


# --- each option


def _leads(wanted: Addresses, packets: Packets) -> Answer:
    """Whether the packet goes there; a container's own address is not known, its network may be."""
    if packets.behind is None:
        return packets.to in wanted
    if not wanted.others:
        return True
    inside = union(packets.family, packets.behind.networks)
    if not inside:
        return None
    return False if not inside & wanted else (None if inside - wanted else True)


def _network(value: str, packets: Packets) -> Addresses:
    network = ip_network(value, strict=False)
    if network.version != packets.family:
        raise ValueError(value)
    return union(packets.family, [network])


def _range(value: str, packets: Packets) -> Addresses:
    first, _, last = value.partition("-")
    found = span(ip_address(first), ip_address(last or first))
    if found.family != packets.family:
        raise ValueError(value)
    return found


def _leaves(value: str, packets: Packets) -> Answer:
    if packets.behind is None:
        return False
    if packets.behind.bridges:
        found = {_named(value, each) for each in packets.behind.bridges}
        return found.pop() if len(found) == 1 else None
    return False if any(_named(value, each) for each in packets.interfaces) else None


def _named(value: str, interface: str) -> bool:
    return interface.startswith(value[:-1]) if value.endswith("+") else interface == value


def _ports(value: str, packets: Packets) -> Answer:
    return any(_within(part, packets.arrives_at) for part in value.split(","))


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


def _flags(value: str, _: Packets) -> Answer:
    """The first packet of a connection has SYN and nothing else."""
    looked_at, wanted = (set(part.split(",")) for part in value.split())
    seen = {"SYN"} if looked_at & {"SYN", "ALL"} else set()
    return seen == wanted - {"NONE"}


def _mark(value: str, packets: Packets) -> Answer:
    """Other tables set marks, and those `iptables -S` does not show."""
    return False if value == TAILSCALES_MARK and not packets.interface.startswith("tailscale") else None


Match = Callable[[str, Packets], Answer]


def _each(names: str, match: Match) -> dict[str, Match]:
    return dict.fromkeys(names.split(), match)


MATCHES: Mapping[str, Match] = {
    **_each("-p --protocol --ctproto", lambda value, _: value.lower() in {"tcp", "6", "all", "0"}),
    **_each("-m --match", lambda value, _: True if value in SAY_NOTHING_ALONE else None),
    **_each("-s --source --ctorigsrc", _network),
    **_each("-d --destination", lambda value, packets: _leads(_network(value, packets), packets)),
    "--src-range": _range,
    "--dst-range": lambda value, packets: _leads(_range(value, packets), packets),
    "--ctorigdst": lambda value, packets: packets.to in _network(value, packets),
    "--ctorigdstport": lambda value, packets: _within(value, packets.port),
    "--ctdir": lambda value, _: value == "ORIGINAL",
    **_each("-i --in-interface", lambda value, packets: _named(value, packets.interface)),
    **_each("-o --out-interface", _leaves),
    **_each("--dport --destination-port", lambda value, packets: _within(value, packets.arrives_at)),
    **_each("--dports --destination-ports", _ports),
    "--ports": lambda value, packets: _ports(value, packets) or _sender_port(value, packets),
    **_each("--sport --source-port --sports --source-ports", _sender_port),
    **_each("--ctstate --state", _state),
    "--tcp-flags": _flags,
    "--dst-type": lambda value, packets: ("UNICAST" if packets.behind else "LOCAL") in value.split(","),
    "--src-type": lambda value, _: "UNICAST" in value.split(","),
    "--pkt-type": lambda value, _: value == "unicast",
    "--mark": _mark,
    **_each("--syn --comment", lambda _value, _: True),
    **_each("-f --fragment --rt-type", lambda _value, _: False),  # a whole packet without a routing header
}
