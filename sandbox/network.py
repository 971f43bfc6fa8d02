"""A machine's addresses, open ports and firewall, as `ip`, `ss` and `iptables` print them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.output import Commands, Output

if TYPE_CHECKING:
    from collections.abc import Sequence

PUBLIC = "203.0.113.81"
SSS = "State  Recv-Q Send-Q Local Address:Port Peer Address:Port"


class Network:
    """`addresses` by interface; `open` are the listening `address:port`; `chains` the rules as `iptables -S` says."""

    def __init__(self) -> None:
        self.addresses = {"lo": "127.0.0.1", "eth0": PUBLIC}
        self.open: list[str] = ["0.0.0.0:22"]
        self.chains: dict[str, list[str]] = {
            "INPUT": ["-P INPUT ACCEPT"],
            "DOCKER-USER": ["-N DOCKER-USER", "-A DOCKER-USER -j RETURN"],
        }
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
            ("iptables", "-S"): self._iptables,
        }

    async def _ss(self, _words: Sequence[str]) -> Output:
        rows = [f"LISTEN 0      4096   {each}      0.0.0.0:*" for each in self.open]
        return Output("\n".join([SSS, *rows]) + "\n")

    async def _ip(self, _words: Sequence[str]) -> Output:
        rows = [
            f"{number}: {name}    inet {address}/32 scope global {name}\\       valid_lft forever"
            for number, (name, address) in enumerate(self.addresses.items(), 1)
        ]
        return Output("\n".join(rows) + "\n")

    async def _iptables(self, words: Sequence[str]) -> Output:
        chains = [words[0]] if words else list(self.chains)
        if any(chain not in self.chains for chain in chains):
            return Output("", "iptables: No chain/target/match by that name.\n", 1)
        return Output("".join(f"{rule}\n" for chain in chains for rule in self.chains[chain]))
