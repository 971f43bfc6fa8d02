"""GitHub's webhooks: what is signed and whole is answered at once; all else is refused, counted, and not logged."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
from io import BytesIO
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from bot import webhooks
from bot.http import Server
from bot.metrics import Metrics
from bot.webhooks import ANSWER_WITHIN, LARGE_AT_ONCE, LARGEST, PATH, Webhooks
from deploy import errors
from sandbox.serving import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sandbox.faults import Handler

SECRET = "s3cret"
CANARY = "canary-in-the-body"
BODY = json.dumps({"action": "completed", "workflow_run": {"id": 7, "head_branch": CANARY}}).encode()


class Endpoint:
    """A server with the endpoint in it. `hears` says what becomes of a payload."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.heard: list[tuple[dict[str, Any], str]] = []
        self.hears: Callable[[], Awaitable[str | None]] = self._news
        self.webhooks = Webhooks(SECRET, self._hear, self.metrics)
        self.port = 0
        self.reading = asyncio.Event()

    async def _news(self) -> str:
        return "news"

    async def _hear(self, payload: dict[str, Any], delivery: str) -> str | None:
        self.heard.append((payload, delivery))
        return await self.hears()

    async def post(self, body: bytes = BODY, **headers: str) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"http://127.0.0.1:{self.port}{PATH}", data=BytesIO(body), headers=headers
            ) as answer,
        ):
            return answer.status, await answer.text()

    async def deliver(
        self, body: bytes = BODY, event: str = "workflow_run", id_: str = "d-1"
    ) -> tuple[int, str]:
        return await self.post(body, **signed(body, event, id_))

    @property
    def counted(self) -> dict[str, float]:
        """How often each outcome was counted."""
        samples = next(iter(self.metrics.webhooks.collect())).samples
        return {each.labels["outcome"]: each.value for each in samples if each.name.endswith("_total")}


def signed(
    body: bytes, event: str = "workflow_run", id_: str = "d-1", secret: str = SECRET
) -> dict[str, str]:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": id_,
        "X-Hub-Signature-256": f"sha256={signature}",
    }


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    endpoint = Endpoint()

    @web.middleware
    async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
        endpoint.reading.set()
        return await handler(request)

    site = web.Application(client_max_size=2**20, middlewares=[note])
    endpoint.webhooks.install(site)
    endpoint.port = free_port()
    server = Server(site, ("127.0.0.1", endpoint.port))
    await server.start()
    yield endpoint
    await endpoint.webhooks.drain(0)
    await server.stop()


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


# --- what is refused


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "sha256="},
        {"X-Hub-Signature-256": "sha256=" + 64 * "0"},
        {"X-Hub-Signature-256": "sha256=ž"},
        {"X-Hub-Signature": "sha1=" + hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest()},
        signed(BODY, secret="guessed"),
        signed(BODY + b" "),
        signed(b""),
    ],
    ids=[
        "unsigned",
        "empty",
        "without digits",
        "zeros",
        "not ascii",
        "sha1 only",
        "guessed",
        "longer",
        "of nothing",
    ],
)
async def test_a_forged_webhook_is_refused(endpoint: Endpoint, headers: dict[str, str]) -> None:
    status, _ = await endpoint.post(BODY, **{**signed(BODY), "X-Hub-Signature-256": "", **headers})
    assert (status, endpoint.heard, endpoint.counted) == (401, [], {"forged": 1})


async def test_a_body_that_was_changed_on_the_way_is_refused(endpoint: Endpoint) -> None:
    status, _ = await endpoint.post(BODY.replace(b"completed", b"requested"), **signed(BODY))
    assert (status, endpoint.counted) == (401, {"forged": 1})


async def raw(endpoint: Endpoint, head: dict[str, str], body: bytes, *, whole: bool) -> bytes:
    """The status line that answers a request which says more than it sends, or waits."""
    reader, writer = await asyncio.open_connection("127.0.0.1", endpoint.port)
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    writer.write(f"POST {PATH} HTTP/1.1\r\nHost: fisk\r\n{lines}\r\n".encode() + body)
    await writer.drain()
    if not whole:
        writer.write_eof()
    answer = await reader.readline()
    writer.close()
    return answer


async def counted(endpoint: Endpoint, outcome: str) -> None:
    async with asyncio.timeout(10):
        while endpoint.counted != {outcome: 1}:  # noqa: ASYNC110 (the server counts when it notices)
            await asyncio.sleep(0.01)


async def test_a_truncated_body_is_refused(endpoint: Endpoint) -> None:
    head = {**signed(BODY), "Content-Length": str(len(BODY))}
    await raw(endpoint, head, BODY[:-9], whole=False)
    await counted(endpoint, "truncated")
    assert endpoint.heard == []


async def test_a_body_that_breaks_its_own_chunks_is_refused(endpoint: Endpoint) -> None:
    head = {**signed(BODY), "Transfer-Encoding": "chunked"}
    await raw(endpoint, head, b"20\r\n" + BODY[:10], whole=False)
    await counted(endpoint, "truncated")
    assert endpoint.heard == []


@pytest.mark.parametrize(
    "chunk", [CANARY.encode(), b"5\r\nhello" + CANARY.encode(), b"-1\r\n" + CANARY.encode()]
)
async def test_nothing_of_a_body_is_logged_that_is_no_http(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture, chunk: bytes
) -> None:
    caplog.set_level(logging.DEBUG)
    head = {**signed(BODY), "Transfer-Encoding": "chunked"}
    assert b" 400 " in await raw(endpoint, head, chunk + b"\r\n" + BODY + b"\r\n", whole=True)
    assert (endpoint.heard, CANARY in caplog.text) == ([], False)
    assert "a request is no HTTP" in caplog.text


async def test_nothing_is_logged_of_a_body_that_stops_being_http_on_the_way(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest never comes: the server does not tell whoever waits for it that it cannot."""
    monkeypatch.setattr(webhooks, "BODY_WITHIN", 0.3)
    caplog.set_level(logging.DEBUG)
    _, writer = await asyncio.open_connection("127.0.0.1", endpoint.port)
    head = "".join(f"{name}: {value}\r\n" for name, value in signed(BODY).items())
    begin = f"POST {PATH} HTTP/1.1\r\nHost: fisk\r\n{head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    writer.write(begin.encode())
    await endpoint.reading.wait()
    writer.write(CANARY.encode() + b"\r\n\r\n")
    await counted(endpoint, "truncated")
    writer.close()
    assert (endpoint.heard, CANARY in caplog.text) == ([], False)


async def test_a_body_that_says_it_is_too_large_is_refused_unread(endpoint: Endpoint) -> None:
    head = {**signed(BODY), "Content-Length": str(LARGEST + 1)}
    assert b"413" in await raw(endpoint, head, BODY, whole=True)
    assert endpoint.counted == {"oversized": 1}


async def test_a_body_that_is_too_large_without_saying_so_is_refused(endpoint: Endpoint) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(LARGEST // 2**20 + 2):
            yield b" " * 2**20

    url = f"http://127.0.0.1:{endpoint.port}{PATH}"
    async with aiohttp.ClientSession() as session:
        try:
            async with session.post(url, data=endless(), headers=signed(BODY)) as answer:
                assert answer.status == 413
        except aiohttp.ClientError:
            pass  # it hung up while we still sent, which says the same
    assert endpoint.counted == {"oversized": 1}


async def test_a_few_large_bodies_at_once_leave_room_for_the_others(endpoint: Endpoint) -> None:
    async def slowly(done: asyncio.Event) -> AsyncIterator[bytes]:
        yield b"{"
        await done.wait()

    done, url = asyncio.Event(), f"http://127.0.0.1:{endpoint.port}{PATH}"
    async with aiohttp.ClientSession() as session:
        large = [
            asyncio.create_task(session.post(url, data=slowly(done), headers=signed(BODY)))
            for _ in range(2 * LARGE_AT_ONCE)
        ]
        assert await endpoint.deliver() == (200, "news")
        done.set()
        assert {(await each).status for each in large} == {401}


@pytest.mark.parametrize(
    "body",
    [b"", b"payload=%7B%7D", b"<html>", b"[]", b"null", b'"text"', b"{", b"[" * 100_000, b"\xff\xfe{}"],
    ids=["nothing", "a form", "a page", "a list", "null", "a text", "half", "deep", "no UTF-8"],
)
async def test_what_is_no_json_object_is_refused_and_told_what_to_set(
    endpoint: Endpoint, body: bytes
) -> None:
    status, text = await endpoint.deliver(body)
    assert (status, endpoint.heard, endpoint.counted) == (400, [], {"not_json": 1})
    assert text == "not a JSON object: set the webhook's content type to application/json"


@pytest.mark.parametrize("name", ["X-GitHub-Event", "X-GitHub-Delivery"])
async def test_a_webhook_without_a_name_is_refused(endpoint: Endpoint, name: str) -> None:
    headers = signed(BODY)
    del headers[name]
    assert (await endpoint.post(BODY, **headers))[0] == 400
    assert endpoint.counted == {"malformed": 1}


async def test_nothing_of_a_body_is_logged_whatever_becomes_of_it(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def broken() -> str:
        raise ValueError(CANARY)

    async def unexpected() -> str:
        raise errors.Unexpected(system="GitHub", doing="", why=CANARY)

    await endpoint.post(BODY, **signed(BODY, secret="guessed"))
    await endpoint.deliver(BODY[:-1])
    for hears, status in ((broken, 500), (unexpected, 400)):
        endpoint.hears = hears
        assert (await endpoint.deliver())[0] == status
    assert endpoint.counted == {"forged": 1, "not_json": 1, "failed": 1, "malformed": 1}
    assert CANARY not in caplog.text


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
