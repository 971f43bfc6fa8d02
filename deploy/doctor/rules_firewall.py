"""Whether a stranger gets to BuildKit's port. What fisk cannot read makes a rule unknown, and never hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

from deploy.core.values import dataclass
from deploy.doctor.firewall import DOCKER_USER, Fate
from deploy.doctor.guard import TABLES, Guard, host_of, private
from deploy.doctor.interfaces import TAILSCALE
from deploy.doctor.packets import Packets
from deploy.doctor.verdicts import Judgement, broken, holds, unknown

if TYPE_CHECKING:
    from deploy.systems.hosts import BuildKitSpec

INPUT = "INPUT"
RECREATE = "`/fisk buildkit recreate` makes it as the platform defines it."


@dataclass(frozen=True, slots=True)
class Open:
    """What becomes of the packets of one kind: by which interface, to which address, from whom at most."""

    packets: Packets
    fate: Fate

    @property
    def where(self) -> str:
        """As people say it, in `by eth0`."""
        senders = self.fate.certainly_accepted
        whole = not self.packets.sources - senders
        some = "" if whole else f" ({senders})"
        return f"by {self.packets.interface}{' with IPv6' if self.packets.family != 4 else ''}{some}"  # noqa: PLR2004 (IPv4)


def input_guards(spec: BuildKitSpec, seen: Guard) -> Judgement:
    """The platform's own rule, which alone proves nothing: what Docker publishes does not pass INPUT."""
    if why := _not_seen(seen):
        return why
    outer = [Open(each, seen.chains[each.family].fate(INPUT, each)) for each in _to_host(spec, seen)]
    members = seen.interfaces.from_members(ip_address(spec.address), spec.port)
    inner = [seen.chains[each.family].fate(INPUT, each) for each in members]
    shut_out = not any(each.accepted for each in inner)
    told = f"{'drop' if shut_out else 'accept'} from Tailscale"
    if let_in := [each for each in outer if each.fate.certainly_accepted]:
        return _unless_others(
            seen, f"INPUT: accept from outside {_where(let_in)}, {told}", _guard_input(spec, let_in)
        )
    if shut_out:
        return broken(f"INPUT: drop from outside, {told}", _guard_input(spec, outer))
    if doubtful := [each for each in outer if each.fate.accepted]:
        return _doubtful(INPUT, doubtful)
    return holds(f"INPUT: drop from outside, {told}")


def docker_guards(spec: BuildKitSpec, seen: Guard) -> Judgement:
    """Only DOCKER-USER, or being published at a Tailscale address alone, keeps others out."""
    if seen.container is None:
        return missing(spec)
    if seen.published and all(private(host_of(each)) for each in (*seen.published, *seen.listening)):
        return holds(f"published at {', '.join(seen.published)} alone, which only Tailscale reaches")
    if why := _not_seen(seen):
        return why
    led = [Open(each, _led(seen, each)) for each in _to_docker(spec, seen)]
    at = f"published at {', '.join(seen.published) or 'no address'}"
    return _judge_led(spec, seen, led, at) if led else _nobody_comes(seen, at)


def _judge_led(spec: BuildKitSpec, seen: Guard, led: list[Open], at: str) -> Judgement:
    if seen.others and _refused(seen, led):
        return holds(f"{at}; no connection to {', '.join(seen.tried)} from where fisk runs")
    if let_in := [each for each in led if each.fate.certainly_accepted]:
        told = f"{at}, which INPUT does not see; DOCKER-USER lets it in {_where(let_in)}"
        return _unless_others(seen, told, _guard_docker(spec, seen, let_in))
    if doubtful := [each for each in led if each.fate.accepted]:
        return _doubtful(DOCKER_USER, doubtful)
    if all(seen.chains[each.packets.family].of_docker for each in led):
        return holds("DOCKER-USER drops what comes from outside")
    if seen.others:
        return _unless_others(seen, f"{at}; Docker keeps no chains here", _guard_docker(spec, seen, led))
    return holds("INPUT drops what comes from outside, and Docker keeps no chains that would pass it by")


# --- what is judged


def _to_host(spec: BuildKitSpec, seen: Guard) -> Iterator[Packets]:
    """IPv6 only where the port is open in it."""
    for family in seen.chains:
        yield from seen.interfaces.from_strangers(family, spec.port)


def _to_docker(spec: BuildKitSpec, seen: Guard) -> Iterator[Packets]:
    """What strangers send to where the port is published, or open by Docker's own proxy."""
    hosts = {host_of(each) for each in (*seen.published, *seen.listening)}
    anywhere = {each.version for each in hosts if each.is_unspecified}
    for family in sorted({each.version for each in hosts if not private(each)}):
        for packets in seen.interfaces.from_strangers(family, spec.port):
            if family in anywhere or packets.to in hosts:
                yield packets


def _led(seen: Guard, packets: Packets) -> Fate:
    """Docker leads it on, or takes it for the container, by its proxy; of IPv6 nobody knows which of the two."""
    chains, family = seen.chains[packets.family], packets.family
    nobody = packets.sources - packets.sources
    by_proxy, led = chains.fate(INPUT, packets), Fate(nobody, nobody, nobody)
    if not chains.of_docker:
        return by_proxy
    for port in seen.inside or (packets.port,):
        led |= chains.forwarded(replace(packets, behind=seen.interfaces.behind(family, port)))
    return led if family == 4 else led | by_proxy  # noqa: PLR2004 (IPv4)


# --- evidence and fixes


def missing(spec: BuildKitSpec) -> Judgement:
    return unknown(f"there is no container {spec.container}", RECREATE)


def _not_seen(seen: Guard) -> Judgement | None:
    if seen.interfaces.all:
        return None
    return unknown("the host tells no interface with an address", "Look at `ip -o addr` on the host.")


def _where(found: Iterable[Open]) -> str:
    return ", ".join(dict.fromkeys(each.where for each in found))


def _nobody_comes(seen: Guard, at: str) -> Judgement:
    if not seen.interfaces.open:
        return holds(f"{at}, and the host has no interface but Tailscale's")
    return unknown(
        f"{at}, which is no address that strangers reach the host at", "Look at `ip -o addr` on the host."
    )


def _refused(seen: Guard, led: Iterable[Open]) -> bool:
    """Whether a connection was tried in each family that the port is open in, and none was taken."""
    tried = {6 if ":" in address else 4 for address, answers in seen.tried.items() if not answers}
    running = seen.container is not None and seen.container.running
    return running and not any(seen.tried.values()) and {each.packets.family for each in led} <= tried


def _doubtful(chain: str, found: Iterable[Open]) -> Judgement:
    rules = tuple(dict.fromkeys(doubt for each in found for doubt in each.fate.doubts))
    told = "; ".join(f"`{rule}`" for rule in rules[:2]) or "whether it passes INPUT or DOCKER-USER"
    tables = " or ".join(
        f"`{TABLES[family]} -S`" for family in sorted({each.packets.family for each in found})
    )
    return unknown(f"{chain} decides by what fisk cannot tell: {told}", f"Look at {tables}.")


def _unless_others(seen: Guard, told: str, fix: str) -> Judgement:
    """What iptables lets in, another program's tables may still drop; a connection that was tried tells."""
    if not seen.others or any(seen.tried.values()):
        return broken(told, fix)
    tables = ", ".join(seen.others)
    return unknown(
        f"{told}; but there is {tables} too, which iptables does not show", "Look at `nft list ruleset`."
    )


def _guard_input(spec: BuildKitSpec, found: Iterable[Open]) -> str:
    families = sorted({each.packets.family for each in found}) or [4]
    lines = [line for family in families for line in _lines(family, spec.port)]
    return f"On the host: {' and '.join(f'`{line}`' for line in lines)}."


def _lines(family: int, port: int) -> Iterator[str]:
    tables, members = TABLES[family], TAILSCALE[0 if family == 4 else 1]  # noqa: PLR2004 (IPv4)
    yield f"{tables} -I INPUT -p tcp --dport {port} -j DROP"
    yield f"{tables} -I INPUT -s {members} -p tcp --dport {port} -j ACCEPT"


def _guard_docker(spec: BuildKitSpec, seen: Guard, found: Iterable[Open]) -> str:
    port = seen.inside[0] if seen.inside else spec.port
    lines = [
        f"`{TABLES[family]} -I DOCKER-USER ! -s {TAILSCALE[0 if family == 4 else 1]} -p tcp --dport {port} -j DROP`"  # noqa: PLR2004 (IPv4)
        for family in sorted({each.packets.family for each in found})
    ]
    return f"{RECREATE} Or on the host: {' and '.join(lines)}."
