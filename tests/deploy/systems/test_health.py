from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx
import pytest

from deploy.core.model import Health
from deploy.systems.health import Answer, HealthUrl
from sandbox import story
from sandbox.host import Container
from tests.deploy.systems.played_transport import PlayedTransport, say

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.deploy.systems.conftest import Clients

URL = "https://app.fiskai.example/api/health"


@pytest.mark.parametrize(
    ("answer", "health"),
    [
        (say(200, {"status": "ok"}), Health(200)),
        (say(503, {"status": "error"}), Health(503)),
        (httpx.Response(404, html="<h1>404</h1>"), Health(404)),
        (
            httpx.Response(302, headers={"Location": "/login?next=secret"}),
            Health(302, "redirects to https://app.fiskai.example/login"),
        ),
        (httpx.ConnectError("No route to host"), Health(0, "No route to host")),
        (httpx.ReadTimeout(""), Health(0, "no answer within 5 s")),
        (httpx.RemoteProtocolError(""), Health(0, "it closed the connection before it answered")),
    ],
    ids=repr,
)
async def test_an_answer_is_a_status_and_silence_says_why(
    answer: httpx.Response | Exception, health: Health
) -> None:
    transport = PlayedTransport(answer)
    assert await HealthUrl(transport=transport).probe(URL) == health
    assert transport.lines == [f"GET {URL}"], "one try, no redirect followed"


async def test_an_app_that_never_answers_is_left_in_time() -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    health = HealthUrl(timeout=0.01, transport=httpx.MockTransport(never))
    assert await health.probe(URL) == Health(0, "no answer within 0.01 s")


async def test_an_answer_without_an_end_still_has_its_status() -> None:
    async def forever() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 2**16

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=forever()))
    assert await HealthUrl(transport=transport).probe(URL) == Health(200)


@pytest.mark.parametrize("url", ["", "app.fiskai.example", "http://[::1", "ftp://app.fiskai.example/"])
async def test_an_address_that_is_none_is_silence(url: str) -> None:
    health = HealthUrl()
    assert await health.probe(url) == Health(0, "its address is not one of the web")
    await health.aclose()


async def test_the_app_of_the_story_is_healthy_until_it_is_gone(clients: Clients, world: World) -> None:
    health, url = clients.health(), world.host.health_url("app")
    seen = [await health.probe(url)]
    world.host.running.pop("app")
    seen.append(await health.probe(url))
    world.host.faults.queue("GET /app/api/health", drop=True)
    seen.append(await health.probe(url))
    well = Health(200, version=story.RUNS[:7])
    assert seen == [well, Health(502), Health(0, "it closed the connection before it answered")]


async def test_each_probe_is_a_stranger_to_the_proxy(clients: Clients, world: World) -> None:
    """By its cookie it would go on leading to the container that is replaced."""
    health, url = clients.health(), world.host.health_url("app")
    world.host.sticky = True
    seen = [await health.probe(url)]
    sick = world.registry.find(story.IMAGE, story.SICK)
    assert sick is not None
    world.host.running["app"] = Container.of(sick)
    seen.append(await health.probe(url))
    assert seen == [Health(200, version=story.RUNS[:7]), Health(503, version=story.SICK[:7])]


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        (say(200, {"version": "1.4.2", "commit": " 3f2a1b9 "}), "3f2a1b9"),
        (say(503, {"status": "error", "gitSha": "3f2a1b9"}), "3f2a1b9"),
        (say(200, {"version": "1.4.2"}), "1.4.2"),
        (say(200, {"version": 3, "sha": None}), ""),
        (httpx.Response(200, text="[" * 60_000), ""),
        (httpx.Response(200, text='"3f2a1b9"'), ""),
        (httpx.ConnectError("No route to host"), ""),
    ],
    ids=repr,
)
async def test_an_app_says_which_version_it_is_or_says_nothing(
    answer: httpx.Response | Exception, version: str
) -> None:
    health = await HealthUrl(transport=PlayedTransport(answer)).probe(URL)
    assert health.version == version


async def test_what_is_packed_although_nobody_asked_for_that_stays_packed() -> None:
    """A kilobyte that is packed twice stands for gigabytes."""
    packed = gzip.compress(gzip.compress(json.dumps({"version": "3f2a1b9"}).encode()))

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        return httpx.Response(
            200, headers={"Content-Encoding": "gzip, gzip"}, stream=httpx.ByteStream(packed)
        )

    health = HealthUrl(transport=httpx.MockTransport(answer))
    assert await health.probe(URL) == Health(200)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (httpx.Response(200, text="<h1>Invoices</h1>"), Answer(200, body=b"<h1>Invoices</h1>")),
        (
            httpx.Response(302, headers={"Location": "/login?next=/"}),
            Answer(302, "redirects to https://app.fiskai.example/login"),
        ),
        (httpx.ReadTimeout(""), Answer(0, "no answer within 3 s")),
    ],
    ids=repr,
)
async def test_any_url_is_asked_likewise(answer: httpx.Response | Exception, found: Answer) -> None:
    assert await HealthUrl(transport=PlayedTransport(answer)).fetch(URL, 3) == found
