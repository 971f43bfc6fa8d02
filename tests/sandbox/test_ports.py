"""A port that is given away is nobody else's, also while nobody listens on it."""

from __future__ import annotations

import asyncio
import random
import socket
import sys
from unittest.mock import patch

from sandbox import ports
from sandbox.ports import free_port


def test_each_port_is_given_once() -> None:
    given = [free_port() for _ in range(100)]
    assert len(set(given)) == 100


def test_a_port_that_was_given_is_not_given_again() -> None:
    with patch.object(ports, "PORTS", [free_port(), free_port(), last := unused_port()]):
        assert free_port() == last


async def test_a_port_can_be_listened_on_again_and_again() -> None:
    port = free_port()
    for _ in range(3):
        server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", port)
        server.close()
        await server.wait_closed()


async def test_another_process_is_not_given_it() -> None:
    port = free_port()
    code = f"from sandbox import ports; ports.PORTS = [{port}, {unused_port()}]; print(ports.free_port())"
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    told, _ = await other.communicate()
    assert int(told) != port


def test_a_seed_for_random_values_does_not_repeat_ports() -> None:
    """Hypothesis seeds `random` the same way in each test process."""
    random.seed(0)
    first = free_port()
    random.seed(0)
    assert free_port() != first


def unused_port() -> int:
    """A port outside the range that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
