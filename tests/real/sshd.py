"""Debian's sshd with real keys, in the host's namespace or in the present one."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from deploy.systems.hosts import Host
from tests.real.namespaces import run

CONFIG = """
Port {port}
ListenAddress {address}
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv PATH={path} HOME={folder}
"""
UP_WITHIN = 20.0
SSH = 22


class Sshd:
    """One server. `authorized` are lines of authorized_keys besides the plain one of `key`.

    Args:
        folder: where its keys and its log are.
        address: what it listens on.
        port: likewise.
        before: words that start it elsewhere, such as `nsenter --net=…`.
        tools: a folder of commands that go before the system's.
    """

    def __init__(
        self, folder: Path, address: str, port: int, *, before: Sequence[str] = (), tools: Path | None = None
    ) -> None:
        self.folder, self.address, self.port = folder, address, port
        self._before = tuple(before)
        self._path = f"{tools}:/usr/sbin:/usr/bin:/sbin:/bin" if tools else "/usr/sbin:/usr/bin:/sbin:/bin"
        self.key = folder / "id_ed25519"
        self.known_hosts = folder / "known_hosts"
        self.process: subprocess.Popen[bytes] | None = None

    def make_keys(self) -> None:
        self.new_key(self.folder / "host_key")
        self.new_key(self.key)
        self.authorize()
        self.know()

    @staticmethod
    def new_key(path: Path, passphrase: str = "", kind: str = "ed25519") -> str:
        """Make a key; its public half."""
        run("ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "fisk", "-f", str(path))
        return path.with_name(f"{path.name}.pub").read_text().strip()

    def authorize(self, *more: str) -> None:
        plain = Path(f"{self.key}.pub").read_text()
        (self.folder / "authorized_keys").write_text("\n".join([plain, *more]) + "\n")

    def know(self) -> None:
        kind, key, _ = Path(f"{self.folder}/host_key.pub").read_text().split()
        entry = self.address if self.port == SSH else f"[{self.address}]:{self.port}"
        self.known_hosts.write_text(f"{entry} {kind} {key}\n")

    def start(self) -> None:
        """Raises RuntimeError with its log where it does not come up."""
        config = self.folder / "sshd_config"
        facts = {"folder": self.folder, "path": self._path, "address": self.address, "port": self.port}
        config.write_text(CONFIG.format(**facts))
        Path("/run/sshd").mkdir(exist_ok=True)  # where it keeps its empty root, and says so if it is missing
        log = self.folder / "log"
        self.process = subprocess.Popen(
            (*self._before, "/usr/sbin/sshd", "-D", "-f", str(config), "-E", str(log))
        )
        deadline = time.monotonic() + UP_WITHIN
        while not (log.exists() and "Server listening" in log.read_text()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"sshd is not up: {log.read_text() if log.exists() else ''}")
            time.sleep(0.01)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)

    def host(self, *, key: Path | None = None, user: str = "root") -> Host:
        """The machine as fisk's settings name it."""
        known = str(self.known_hosts)
        return Host("vps01", self.address, user, self.port, str(key or self.key), known)
