"""Forged or malformed webhooks are refused and counted, and nothing of them is logged."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import logging
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.app import bodies
from bot.app.bodies import LARGE_AT_ONCE
from bot.app.webhooks import LARGEST, PATH
from deploy.core import errors
from tests.bot.endpoint import BODY, CANARY, SECRET, Endpoint, counted, endpoint, signed

__all__ = ["endpoint"]


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
    monkeypatch.setattr(bodies, "BODY_WITHIN", 0.3)
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


async def test_a_packed_body_is_verified_as_it_was_sent_and_never_unpacked(endpoint: Endpoint) -> None:
    packed = gzip.compress(BODY)
    status, _ = await endpoint.post(packed, **signed(BODY), **{"Content-Encoding": "gzip"})
    assert (status, endpoint.counted) == (401, {"forged": 1})
    status, _ = await endpoint.post(packed, **signed(packed), **{"Content-Encoding": "gzip"})
    assert (status, endpoint.heard) == (400, [])


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
        raise errors.Unexpected(system="GitHub", why=CANARY)

    await endpoint.post(BODY, **signed(BODY, secret="guessed"))
    await endpoint.deliver(BODY[:-1])
    for hears, status in ((broken, 500), (unexpected, 400)):
        endpoint.hears = hears
        assert (await endpoint.deliver())[0] == status
    assert endpoint.counted == {"forged": 1, "not_json": 1, "failed": 1, "malformed": 1}
    assert CANARY not in caplog.text
