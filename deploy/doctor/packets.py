"""The packets that a firewall is asked about. Pure."""

from __future__ import annotations

from deploy.core.values import dataclass
from deploy.doctor.addresses import Address, Addresses, Network


@dataclass(frozen=True, slots=True)
class Behind:
    """Where Docker leads a packet on: a container that it publishes the port of.

    Attributes:
        port: the container's own.
        bridges: the interfaces that it can leave by; empty: nobody knows.
        networks: where the container is in; empty: nobody knows.
    """

    port: int
    bridges: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Packets:
    """The first packets of TCP connections that `sources` send, each as it passes a chain of the table `filter`.

    Attributes:
        interface: by which they come in.
        to: the host's address that they were sent to.
        port: the host's port that they were sent to.
        behind: where they are forwarded; None: they are for the host itself.
        interfaces: all that the host has.
    """

    sources: Addresses
    interface: str
    to: Address
    port: int
    behind: Behind | None = None
    interfaces: frozenset[str] = frozenset()

    @property
    def family(self) -> int:
        return self.sources.family

    @property
    def arrives_at(self) -> int:
        """The port in the packet at this place."""
        return self.behind.port if self.behind else self.port
