"""What `fisk init` asks about the machine that a target runs on: the way there over ssh, tried at once."""

from __future__ import annotations

import asyncio
import getpass
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from bot.cli.main import show
from bot.cli.prompts import NAME, answered, ask, choose, confirm, fitting
from deploy.systems.host import stdout
from deploy.systems.hosts import Host
from deploy.systems.ssh import CONNECT_SECONDS, Ssh, distrusted, shown_key

if TYPE_CHECKING:
    from deploy.systems.ssh import HostKey

SSH_PORT = 22
ADDRESS = (
    "\nThe machine that {target} runs on, over ssh, HOST or HOST:PORT (Enter: none; then no image is proven by its"
    " digest, docs/ssh.md)"
)
USER = "User there"
KEY = "File of a private key without passphrase (Enter: the keys of the ssh agent)"
CALLED = "A name for this machine in fisk.toml"
SHOWS = (
    "{address} shows the host key {fingerprint} ({kind}). On its console this must print the same:\n"
    "  ssh-keygen -lf /etc/ssh/ssh_host_{kind}_key.pub"
)
COMPARED = "Is it the same?"
IN = "✓ {address} lets fisk in as {user}"
OTHER = "another one, or none"


class Machines:
    """The machines that were named so far, and their keys, which are written at the end.

    Attributes:
        hosts: by their names in fisk.toml.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder.absolute() / "known_hosts"
        self._lines: list[str] = []
        self.hosts: dict[str, Host] = {}

    @property
    def tables(self) -> dict[str, dict[str, object]]:
        """What stands below `[hosts.NAME]`, by its name."""
        return {name: _table(host) for name, host in self.hosts.items()}

    @property
    def texts(self) -> dict[Path, str]:
        """known_hosts with the keys that somebody compared; nothing where all were known."""
        if not self._lines:
            return {}
        there = self._file.read_text(errors="replace").splitlines() if self._file.exists() else []
        return {self._file: "\n".join([*there, *self._lines, ""])}

    async def ask(self, target: str) -> str:
        """The name of the target's machine; empty for none."""
        if self.hosts:
            names = [*self.hosts, OTHER]
            chosen = choose(f"\nThe machine that {target} runs on", names)
            if names[chosen] != OTHER:
                return names[chosen]
        host = await answered(lambda: self._asked(target), self._tried)
        if not host:
            return ""
        name = await fitting(lambda: ask(CALLED, self._usual(host)), NAME, taken=self.hosts)
        self.hosts[name] = replace(host, name=name)
        return name

    def _asked(self, target: str) -> Host | None:
        address = ask(ADDRESS.format(target=target), optional=True, read=address_of)
        if not address:
            return None
        place = urlsplit(f"//{address}")
        user, key = ask(USER, getpass.getuser()), ask(KEY, optional=True)
        return Host(
            name=place.hostname or "",
            address=place.hostname or "",
            port=place.port or SSH_PORT,
            user=user,
            key=str(Path(key).expanduser().absolute()) if key else "",
            known_hosts=str(self._file),
        )

    async def _tried(self, host: Host | None) -> Host | None:
        """Raises errors.HostFailure."""
        if host:
            key = await asyncio.to_thread(shown_key, host, CONNECT_SECONDS)
            if not key.known and key.line not in self._lines:
                _compare(host, key)
            await _log_in(host, key)
            if not key.known:
                self._lines = list(dict.fromkeys([*self._lines, key.line]))
            show(IN.format(address=host.address, user=host.user))
        return host

    def _usual(self, host: Host) -> str:
        """The first part of its name; a number is none."""
        first = host.address.partition(".")[0]
        usual = first if NAME.fits(first) and not first.isdigit() else "host"
        return usual if usual not in self.hosts else f"{usual}-{len(self.hosts) + 1}"


def address_of(text: str) -> str:
    """HOST or HOST:PORT. Raises click.BadParameter."""
    address = text.strip()
    try:
        place = urlsplit(f"//{address}")
        fits = not address or (
            place.hostname and place.netloc == address and "@" not in address and place.port != 0
        )
    except ValueError:  # no port, or no address of IPv6
        fits = False
    if not fits:
        raise click.BadParameter("that is no HOST and no HOST:PORT.")
    return address


def _compare(host: Host, key: HostKey) -> None:
    """Raises errors.UnknownHost where nobody vouches for it."""
    show(SHOWS.format(address=host.address, fingerprint=key.fingerprint, kind=key.kind))
    if not confirm(COMPARED):
        raise distrusted(host, key.fingerprint)


async def _log_in(host: Host, key: HostKey) -> None:
    """Raises errors.HostFailure. What it trusts is that key alone."""
    with tempfile.TemporaryDirectory(prefix="fisk-init-") as folder:
        trusted = Path(folder) / "known_hosts"
        trusted.write_text(key.line)
        ssh = Ssh(replace(host, known_hosts=str(trusted)))
        try:
            await stdout(ssh, ("date", "-u", "+%s"))
        finally:
            await ssh.aclose()


def _table(host: Host) -> dict[str, object]:
    told = {"address": host.address, "user": host.user, "port": host.port}
    return {**told, **({"key": host.key} if host.key else {}), "known_hosts": host.known_hosts}
