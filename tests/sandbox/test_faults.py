"""Faults queued for a stand-in are applied once, in order; then it answers again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web

from sandbox.serving import StandIn


class Counter(StandIn):
    """Counts how often it really worked."""

    def __init__(self) -> None:
        super().__init__()
        self.worked = 0
        self.site.router.add_post("/work", self._work)

    async def _work(self, _: web.Request) -> web.Response:
        self.worked += 1
        return web.Response(text="done")


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    counter = Counter()
    await counter.start()
    yield counter
    await counter.stop()


async def work(client: httpx.AsyncClient, counter: Counter) -> tuple[int, str]:
    """The answer's status and text; (0, "") where the connection broke."""
    try:
        answer = await client.post(f"{counter.url}/work")
    except httpx.RemoteProtocolError:
        return 0, ""
    return answer.status_code, answer.text


async def test_a_fault_replaces_so_many_answers_and_no_work_is_done(
    counter: Counter, client: httpx.AsyncClient
) -> None:
    counter.faults.queue("POST /work", status=503, body="no", times=2)
    answers = [await work(client, counter) for _ in range(3)]
    assert (answers, counter.worked) == ([(503, "no"), (503, "no"), (200, "done")], 1)


async def test_a_fault_touches_only_what_it_matches(counter: Counter, client: httpx.AsyncClient) -> None:
    counter.faults.queue("GET *", status=503)
    assert await work(client, counter) == (200, "done")


async def test_the_answer_can_be_lost_after_the_work_was_done(
    counter: Counter, client: httpx.AsyncClient
) -> None:
    counter.faults.queue("POST /work", status=502, after=True)
    counter.faults.queue("POST /work", drop=True, after=True)
    answers = [await work(client, counter) for _ in range(2)]
    assert (answers, counter.worked) == ([(502, ""), (0, "")], 2)


async def test_a_connection_can_break_before_any_work(counter: Counter, client: httpx.AsyncClient) -> None:
    counter.faults.queue("*", drop=True)
    assert (await work(client, counter), counter.worked) == ((0, ""), 0)


async def test_a_delay_alone_still_answers(counter: Counter, client: httpx.AsyncClient) -> None:
    counter.faults.queue("*", delay=0.01)
    assert await work(client, counter) == (200, "done")


async def test_faults_can_be_queued_over_http_and_cleared(
    counter: Counter, client: httpx.AsyncClient
) -> None:
    queued = await client.post(
        f"{counter.url}/_faults",
        json={"match": "*", "status": 429, "headers": {"Retry-After": "2"}, "times": 9},
    )
    answer = await client.post(f"{counter.url}/work")
    counter.faults.clear()
    assert (queued.status_code, answer.status_code, answer.headers["Retry-After"]) == (204, 429, "2")
    assert await work(client, counter) == (200, "done")


async def test_a_missing_page_can_be_a_fault_too(counter: Counter, client: httpx.AsyncClient) -> None:
    counter.faults.queue("GET *", status=500, after=True)
    assert (await client.get(f"{counter.url}/nothing")).status_code == 500
