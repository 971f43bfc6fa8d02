"""The connections under every request: whole both ways, and nothing is changed without the right to."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from deploy.core.acting import Suspended, acting_by
from deploy.core.errors import Unreachable
from deploy.systems.http import Http
from sandbox.world import World
from tests.certificates import authority, here
from tests.deploy.machines import ssh_to
from tests.waiting import until

LONG = "x" * 3 * 2**20


class Echo:
    """A server that says what it was sent; `seen` are the methods."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.port = 0
        self._links: list[tuple[asyncio.Transport, Any]] = []
        self._runners: list[web.AppRunner] = []

    async def start(self, context: ssl.SSLContext | None = None) -> None:
        app = web.Application(client_max_size=2**24)
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app)
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        self.port = int(runner.addresses[0][1])

    async def stop(self) -> None:
        for runner in self._runners:
            await runner.cleanup()

    async def hang_up(self) -> None:
        for link, _ in self._links:
            link.abort()
        await until(lambda: all(sock.fileno() < 0 for _, sock in self._links))

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else "nothing"
        self.seen.append(request.method)
        assert request.transport
        self._links.append((request.transport, request.transport.get_extra_info("socket")))
        return web.json_response(body)


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    echo = Echo()
    yield echo
    await echo.stop()


@pytest.fixture
def served(tmp_path: Path) -> ssl.SSLContext:
    """A server's side of TLS, by a certificate that the authority in `trusted.pem` vouches for."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority(tmp_path, "trusted").certificate("server", here()))
    return context


@pytest.fixture(params=["http", "https"])
async def http(
    request: pytest.FixtureRequest,
    echo: Echo,
    served: ssl.SSLContext,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Http]:
    await echo.start(served if request.param == "https" else None)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "trusted.pem"))
    monkeypatch.setattr("deploy.systems.http.certificates", lambda: trusting)
    http = Http("Coolify", f"{request.param}://127.0.0.1:{echo.port}", retries=0)
    yield http
    await http.aclose()


def lapsed() -> None:
    raise Suspended("the lease ran out")


async def test_long_bodies_come_whole_both_ways(http: Http) -> None:
    for body in (LONG, "short", LONG):
        assert await http.json("POST", "/", json=body) == body


async def test_a_certificate_that_nobody_vouches_for_is_refused(echo: Echo, served: ssl.SSLContext) -> None:
    await echo.start(served)
    http = Http("Coolify", f"https://127.0.0.1:{echo.port}", retries=0)
    with pytest.raises(Unreachable, match="its certificate is not valid"):
        await http.request("GET", "/")
    await http.aclose()
    assert echo.seen == []


async def test_without_the_right_it_looks_and_changes_nothing(http: Http, echo: Echo) -> None:
    with acting_by(lapsed):
        for method in ("POST", "PATCH", "PUT", "DELETE"):
            with pytest.raises(Suspended):
                await http.request(method, "/", json="x")
        assert await http.json("GET", "/") == "nothing"
        assert await http.json("PATCH", "/", json="a right that is tried", looks=True)
    assert await http.json("POST", "/", json="x") == "x"
    assert echo.seen == ["GET", "PATCH", "POST"]


async def test_a_right_that_lapses_in_the_middle_of_a_body_ends_the_connection(
    http: Http, echo: Echo
) -> None:
    looks: list[str] = []

    def once() -> None:
        looks.append("looked")
        if len(looks) > 2:
            lapsed()

    with acting_by(once), pytest.raises(Suspended):
        await http.request("POST", "/", json=LONG)
    assert await http.json("GET", "/") == "nothing"
    assert echo.seen == ["GET"]


async def test_a_connection_that_the_server_ended_is_opened_anew(http: Http, echo: Echo) -> None:
    for _ in range(3):
        assert await http.json("POST", "/", json="x") == "x"
        await echo.hang_up()


async def test_a_name_is_tried_at_each_of_its_addresses(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(_host: str, port: int, *_: object, **__: object) -> list[Any]:
        tcp = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*tcp, ("127.0.0.1", 1)), (*tcp, ("127.0.0.1", port))]

    monkeypatch.setattr("socket.getaddrinfo", found)
    assert await http.json("GET", "/") == "nothing"


async def test_without_the_right_no_command_runs_and_the_next_logs_in_anew() -> None:
    async with World(speed=0) as world:
        ssh = ssh_to(world, "vps01")
        with acting_by(lapsed), pytest.raises(Suspended):
            await ssh.run(["docker", "restart", "buildkitd"])
        assert (await ssh.run(["date"])).status == 0
        await ssh.aclose()
        assert world.hosts.vps01.lines == ["date"]
        assert world.hosts.sshd["vps01"].logins == 2


async def test_a_request_that_is_cancelled_leaves_no_connection_open(
    http: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[socket.socket] = []

    class Noted(socket.socket):
        def __init__(self, *kind: int) -> None:
            super().__init__(*kind)
            made.append(self)

    monkeypatch.setattr("deploy.systems.network.socket.socket", Noted)
    for steps in range(100):
        asking = asyncio.create_task(http.json("GET", "/"))
        for _ in range(steps):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
        await http.aclose()
        http._client = None
    assert made
    assert [sock for sock in made if sock.fileno() >= 0] == []
