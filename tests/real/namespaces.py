"""Two network namespaces connected by a veth pair: the host's, and fisk's."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

TAILSCALE, PUBLIC = "100.64.123.81", "192.0.2.81"  # the machine's addresses
OURS = ("100.64.123.1", "192.0.2.1")
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def run(*words: str, within: float = 30.0) -> str:
    """A command's output. Raises subprocess.CalledProcessError."""
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=within).stdout


class Namespaces:
    """Named after this process, so that two test runs do not meet; `mark` (a message) tells two of one run apart."""

    def __init__(self, mark: str = "") -> None:
        self._own = f"{mark}{os.getpid()}"
        self.machine, self.outside = (f"fisk-{self._own}-{end}" for end in ("machine", "outside"))

    def create(self) -> None:
        cable = (f"fm{self._own}", f"fo{self._own}")
        for name in (self.machine, self.outside):
            run("ip", "netns", "add", name)
        run("ip", "link", "add", cable[0], "netns", self.machine, "type", "veth",
            "peer", "name", cable[1], "netns", self.outside)  # fmt: skip
        ends = ((self.machine, cable[0], (TAILSCALE, PUBLIC)), (self.outside, cable[1], OURS))
        for name, link, addresses in ends:
            for address in addresses:
                run("ip", "-n", name, "address", "add", f"{address}/24", "dev", link)
            for each in ("lo", link):
                run("ip", "-n", name, "link", "set", each, "up")

    def delete(self) -> None:
        for name in (self.machine, self.outside):
            subprocess.run(("ip", "netns", "delete", name), check=False, capture_output=True, timeout=30)


@contextmanager
def inside(name: str) -> Iterator[None]:
    """This thread, and those that it starts meanwhile, in a namespace; sockets stay in theirs for good."""
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{name}", os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(before)
        os.close(there)
        os.close(before)


def _enter(namespace: int) -> None:
    if _libc.setns(namespace, CLONE_NEWNET):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
