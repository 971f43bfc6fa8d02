"""GitHub's webhooks: signed, complete requests are answered at once."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.app.webhooks import ANSWER_WITHIN
from deploy.core import errors
from tests.bot.endpoint import BODY, Endpoint, counted, endpoint

__all__ = ["endpoint"]


# --- what is believed


async def test_what_github_signed_is_heard_under_its_delivery(endpoint: Endpoint) -> None:
    assert await endpoint.deliver(id_="72d3162e") == (200, "news")
    assert endpoint.heard == [(json.loads(BODY), "72d3162e")]
    assert endpoint.counted == {"news": 1}


@pytest.mark.parametrize("event", ["ping", "push", "workflow_job", "star", "what GitHub adds later"])
async def test_every_other_event_is_accepted_and_ignored(endpoint: Endpoint, event: str) -> None:
    status, text = await endpoint.deliver(event=event)
    assert (status, text) == (200, "pong" if event == "ping" else "ignored")
    assert (endpoint.heard, endpoint.counted) == ([], {"ignored": 1})


async def test_a_body_as_large_as_github_sends_is_read(endpoint: Endpoint) -> None:
    body = json.dumps({"filler": "x" * (3 * 2**20)}).encode()
    assert await endpoint.deliver(body, event="push") == (200, "ignored")


# --- how soon it is answered


async def test_where_the_memory_does_not_answer_github_is_told_so(endpoint: Endpoint) -> None:
    async def silent() -> str:
        raise errors.StateUnavailable(where="redis://…")

    endpoint.hears = silent
    assert await endpoint.deliver() == (503, "failed")
    assert endpoint.counted == {"failed": 1}


async def test_the_answer_does_not_wait_for_a_slow_memory_and_the_rest_goes_on(endpoint: Endpoint) -> None:
    quick = asyncio.Event()

    async def slow() -> str:
        await quick.wait()
        return "news"

    endpoint.hears = slow
    assert await endpoint.deliver() == (202, "accepted")
    assert endpoint.counted == {}
    quick.set()
    await counted(endpoint, "news")


def test_an_answer_is_due_within_fifty_milliseconds() -> None:
    assert ANSWER_WITHIN < 0.05
