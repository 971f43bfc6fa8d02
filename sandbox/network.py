"""A machine's addresses, open ports and firewall, as `ip`, `ss` and `iptables` print them."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.output import Commands, Output

PUBLIC = "203.0.113.81"
GATEWAY = "203.0.113.1"
SSS = "State  Recv-Q Send-Q Local Address:Port Peer Address:Port"


class Network:
    """What the kernel of one machine knows.

    Attributes:
        addresses: IPv4's, by interface; `addresses6` likewise.
        open: the listening `address:port`.
        chains: the rules as `iptables -S` says them, by chain; `chains6` as `ip6tables -S` does.
        tables: of nftables, as `nft list tables` says them.
        warning: what iptables adds on its other stream.
    """

    def __init__(self) -> None:
        self.addresses = {"lo": "127.0.0.1", "eth0": PUBLIC}
        self.addresses6: dict[str, str] = {"lo": "::1"}
        self.open: list[str] = ["0.0.0.0:22"]
        self.chains: dict[str, list[str]] = {
            "INPUT": ["-P INPUT ACCEPT"],
            "FORWARD": ["-P FORWARD DROP", "-A FORWARD -j DOCKER-USER", "-A FORWARD -j DOCKER-FORWARD"],
            "DOCKER-FORWARD": ["-N DOCKER-FORWARD"],
            "DOCKER-USER": ["-N DOCKER-USER", "-A DOCKER-USER -j RETURN"],
        }
        self.chains6: dict[str, list[str]] = {"INPUT": ["-P INPUT ACCEPT"], "FORWARD": ["-P FORWARD ACCEPT"]}
        self.tables = ["ip filter", "ip nat", "ip6 filter"]
        self.warning = ""
        self.guard(1234)

    def guard(self, port: int) -> None:
        """Allow only Tailscale to reach a port, by rules of the INPUT chain."""
        self.chains["INPUT"] = [
            "-P INPUT ACCEPT",
            f"-A INPUT -s 100.64.0.0/10 -p tcp -m tcp --dport {port} -j ACCEPT",
            f"-A INPUT -p tcp -m tcp --dport {port} -j DROP",
        ]

    def has(self, address: str) -> bool:
        """Whether a socket can be bound to it."""
        return address == "0.0.0.0" or address in self.addresses.values()

    def commands(self) -> Commands:
        return {
            ("ss", "-tln"): self._ss,
            ("ip", "-4", "-oneline", "address", "show"): self._ip,
            ("ip", "-o", "-4", "addr"): self._ip,
            ("ip", "-o", "-6", "addr"): self._ip6,
            ("ip", "-o", "route", "show", "default"): self._route,
            ("iptables", "-S"): self._iptables,
            ("ip6tables", "-S"): self._ip6tables,
            ("nft", "list", "tables"): self._nft,
        }

    async def _ss(self, _words: Sequence[str]) -> Output:
        rows = [f"LISTEN 0      4096   {each}      0.0.0.0:*" for each in self.open]
        return Output("\n".join([SSS, *rows]) + "\n")

    async def _ip(self, _words: Sequence[str]) -> Output:
        return _addresses("inet", self.addresses, 32)

    async def _ip6(self, _words: Sequence[str]) -> Output:
        return _addresses("inet6", self.addresses6, 64)

    async def _route(self, _words: Sequence[str]) -> Output:
        return Output(f"default via {GATEWAY} dev eth0 proto static onlink \n")

    async def _iptables(self, words: Sequence[str]) -> Output:
        return self._listed(self.chains, words)

    async def _ip6tables(self, words: Sequence[str]) -> Output:
        return self._listed(self.chains6, words)

    def _listed(self, known: dict[str, list[str]], words: Sequence[str]) -> Output:
        chains = [words[0]] if words else list(known)
        if any(chain not in known for chain in chains):
            return Output("", "iptables: No chain/target/match by that name.\n", 1)
        return Output("".join(f"{rule}\n" for chain in chains for rule in known[chain]), self.warning)

    async def _nft(self, _words: Sequence[str]) -> Output:
        return Output("".join(f"table {table}\n" for table in self.tables))


def _addresses(kind: str, addresses: dict[str, str], bits: int) -> Output:
    rows = [
        f"{number}: {name}    {kind} {address}/{bits} scope global {name}\\       valid_lft forever"
        for number, (name, address) in enumerate(addresses.items(), 1)
    ]
    return Output("\n".join(rows) + "\n")
