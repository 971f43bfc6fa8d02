"""Which requests are sent again, and when."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from deploy.core.deadline import deadline
from deploy.core.errors import (
    FiskError,
    RateLimited,
    ServerFault,
    TimedOut,
    Unreachable,
)
from deploy.systems.http import Http
from tests.deploy.systems.http_answers import GONE, OK
from tests.deploy.systems.played_transport import PlayedTransport, say


@pytest.mark.parametrize(
    "passing",
    [say(502), say(503), say(504), GONE, httpx.ReadTimeout(""), httpx.RemoteProtocolError("")],
    ids=repr,
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_read_is_tried_again_when_that_may_help(
    method: str, passing: httpx.Response | Exception
) -> None:
    transport = PlayedTransport(passing, passing, OK)
    assert (await transport.http().request(method, "/")).status_code == 200
    assert len(transport.asked) == 3
    assert 0 <= transport.slept[0] <= 0.25
    assert 0 <= transport.slept[1] <= 0.5


async def test_it_gives_up_after_its_tries() -> None:
    transport = PlayedTransport(GONE)
    with pytest.raises(Unreachable):
        await transport.http().request("GET", "/")
    assert len(transport.asked) == 3


@pytest.mark.parametrize(
    "final", [say(500), say(501), say(400), say(401), say(403), say(404), say(422)], ids=repr
)
async def test_an_answer_that_will_not_change_is_not_asked_for_again(final: httpx.Response) -> None:
    transport = PlayedTransport(final)
    with pytest.raises(FiskError):
        await transport.http().request("GET", "/")
    assert len(transport.asked) == 1


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "passing", [say(503), say(429, retry_after="1"), GONE, httpx.ReadTimeout("")], ids=repr
)
async def test_a_write_is_sent_once(method: str, passing: httpx.Response | Exception) -> None:
    transport = PlayedTransport(passing, OK)
    with pytest.raises(FiskError):
        await transport.http().request(method, "/")
    assert len(transport.asked) == 1


async def test_a_write_that_is_declared_safe_is_tried_again() -> None:
    transport = PlayedTransport(httpx.ReadTimeout(""), OK)
    await transport.http().request("PATCH", "/", safe=True)
    assert len(transport.asked) == 2


async def test_a_read_that_is_declared_unsafe_is_sent_once() -> None:
    transport = PlayedTransport(say(503), OK)
    with pytest.raises(ServerFault):
        await transport.http().request("GET", "/", safe=False)
    assert len(transport.asked) == 1


@pytest.mark.parametrize("status", [429, 403, 503])
async def test_a_short_wait_that_is_asked_for_is_waited(status: int) -> None:
    transport = PlayedTransport(say(status, Retry_After="7"), OK)
    await transport.http().request("GET", "/")
    assert transport.slept == [7.0]


async def test_whoever_waits_less_long_is_told_at_once() -> None:
    transport = PlayedTransport(say(429, Retry_After="7"), say(429, Retry_After="7"), OK)
    with deadline(60), deadline(5), deadline(60), pytest.raises(RateLimited):
        await transport.http().request("GET", "/x")
    assert transport.slept == []
    with deadline(60):
        await transport.http().request("GET", "/x")
    assert transport.slept == [7.0]


async def test_a_long_wait_is_left_to_the_caller() -> None:
    transport = PlayedTransport(say(429, Retry_After="11"), OK)
    with pytest.raises(RateLimited) as caught:
        await transport.http().request("GET", "/")
    assert caught.value.facts["retry_after"] == 11
    assert transport.slept == []


async def test_a_wait_beyond_the_time_of_the_request_is_left_to_the_caller() -> None:
    transport = PlayedTransport(say(429, Retry_After="3"), OK)
    with pytest.raises(RateLimited):
        await transport.http(timeout=1.0).request("GET", "/")
    assert transport.slept == []


async def test_a_server_that_never_answers_is_left_in_time() -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    http = Http("Coolify", "https://coolify.example", transport=httpx.MockTransport(never), retries=0)
    with pytest.raises(TimedOut, match=r"within 0\.01 s"):
        await http.request("GET", "/", timeout=0.01)


async def test_a_cancelled_request_stays_cancelled_and_is_counted_as_that() -> None:
    asked, seen = asyncio.Event(), []

    async def never(_: httpx.Request) -> httpx.Response:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    transport = httpx.MockTransport(never)
    http = Http(
        "Coolify",
        "https://coolify.example",
        transport=transport,
        observe=lambda system, outcome, _: seen.append((system, outcome)),
    )
    task = asyncio.create_task(http.request("GET", "/"))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == [("Coolify", "cancelled")]
