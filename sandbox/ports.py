"""Ports for servers that are told where to listen, and that may listen there again after a restart."""

from __future__ import annotations

import os
import secrets
import socket
from collections import deque
from contextlib import suppress

PORTS = range(12_000, 32_000)  # outside the ephemeral range: an outgoing connection could take one of those
KEPT = 500  # the ports that a process keeps from all others
_claims: deque[int] = deque()  # file descriptors


def free_port(address: str = "127.0.0.1") -> int:
    """A port that nobody listens on, and that no other process gets from here while this one keeps it.

    The claim is UDP's port of the same number: it ends with the process, and TCP's stays free for
    the server, also between its end and its next start.
    """
    while True:
        port = secrets.choice(PORTS)
        with suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as claim:
            claim.bind((address, port))
            _probe(address, port)
            _keep(claim.detach())
            return port


def _probe(address: str, port: int) -> None:
    with socket.socket() as probe:
        probe.bind((address, port))


def _keep(claim: int) -> None:
    _claims.append(claim)
    if len(_claims) > KEPT:
        os.close(_claims.popleft())
