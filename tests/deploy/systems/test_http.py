"""A request goes out as it was asked for, and every answer that is none is a failure of its own."""

from __future__ import annotations

import asyncio
import gzip
import logging
import traceback
from typing import Any

import httpx
import pytest

from deploy.core.errors import (
    BadSettings,
    FiskError,
    MissingAbility,
    NotJson,
    NotThere,
    Rejected,
    Unauthorized,
    Unexpected,
    Unreachable,
)
from deploy.systems.error_mapping import MAX_BODY
from deploy.systems.http import Http
from tests.deploy.systems.http_answers import GONE, OK
from tests.deploy.systems.played_transport import PlayedTransport, say


async def test_a_request_goes_out_as_it_was_asked_for() -> None:
    transport = PlayedTransport(OK)
    response = await transport.http().request("POST", "/api/v1/deploy", params={"uuid": "a b"}, json={"x": 1})
    (request,) = transport.asked
    assert (request.method, str(request.url), request.content) == (
        "POST",
        "https://coolify.example/api/v1/deploy?uuid=a+b",
        b'{"x":1}',
    )
    assert request.headers["Authorization"] == "Bearer 1|token"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["User-Agent"] == "fisk"
    assert response.json() == {"ok": True}


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/token", "/token?service=a+b%23"),
        ("/token?scope=x", "/token?scope=x&service=a+b%23"),
        ("/token?service=x", "/token?service=a+b%23"),
        ("/token#part", "/token?service=a+b%23#part"),
        ("https://else.example/token?scope=x", "https://else.example/token?scope=x&service=a+b%23"),
    ],
)
async def test_what_is_asked_is_added_to_what_an_address_has(path: str, asked: str) -> None:
    """A registry names the address of its tokens by itself."""
    transport = PlayedTransport(OK)
    await transport.http().request("GET", path, params={"service": "a b#"})
    (request,) = transport.asked
    assert str(request.url) == (asked if "://" in asked else f"https://coolify.example{asked}")


async def test_a_request_may_say_its_own_accept() -> None:
    transport = PlayedTransport(OK)
    await transport.http().request("GET", "/", headers={"Accept": "text/plain"})
    assert transport.asked[0].headers.get_list("accept") == ["text/plain"]


async def test_a_compressed_body_is_read_once() -> None:
    packed = httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=gzip.compress(b'{"a": 1}'))
    assert await PlayedTransport(packed).http().json("GET", "/") == {"a": 1}


@pytest.mark.parametrize(
    ("content", "kind", "what"),
    [
        (b"<!doctype html><p>Log in</p>", "text/html", "an HTML page"),
        (b"<html>", "text/plain", "an HTML page"),
        (b"", "application/json", "nothing"),
        (b"OK", "text/plain", "plain text"),
        (b"[" * 100_000, "application/json", "plain text"),
        (b"\xff\xfe", "application/json", "plain text"),
    ],
)
async def test_what_is_no_json_is_called_what_it_is(content: bytes, kind: str, what: str) -> None:
    transport = PlayedTransport(httpx.Response(200, headers={"Content-Type": kind}, content=content))
    with pytest.raises(NotJson) as caught:
        await transport.http().json("GET", "/")
    assert str(caught.value) == f"Coolify answered {what} where fisk expected JSON."


async def test_a_status_that_the_caller_accepts_is_an_answer() -> None:
    response = await PlayedTransport(say(404)).http().request("GET", "/", accept_status=(404,))
    assert response.status_code == 404


async def test_a_failure_knows_the_setting_and_the_thing() -> None:
    with pytest.raises(Unauthorized) as refused:
        await PlayedTransport(say(401)).http().request("GET", "/")
    assert refused.value.failure.hint == "Put a valid token in FISK_COOLIFY_TOKEN and restart fisk."
    with pytest.raises(NotThere) as missing:
        await PlayedTransport(say(404)).http().request("GET", "/x", what="application x")
    assert str(missing.value) == "Coolify has no application x."


async def test_a_body_without_an_end_is_not_read_to_it() -> None:
    read = 0

    async def forever() -> Any:
        nonlocal read
        while True:
            read += 2**20
            yield b"x" * 2**20

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=forever()))
    with pytest.raises(Unexpected, match="longer than 16 MB"):
        await Http("Coolify", "https://coolify.example", transport=transport).request("GET", "/")
    assert read == MAX_BODY + 2**20


@pytest.mark.parametrize("base", ["coolify.example", "http://[::1", "", "ftp://coolify.example"])
async def test_an_address_that_is_none_is_said_to_be_unreachable(base: str) -> None:
    http = Http("Coolify", base, retries=0)
    with pytest.raises(Unreachable, match="its address is not one of the web"):
        await http.request("GET", "/")
    await http.aclose()


@pytest.mark.parametrize("token", ["1|abc\n", "1|abc\u2019", "\x00"])
def test_a_token_that_no_header_can_carry_is_a_bad_setting_and_is_not_shown(token: str) -> None:
    with pytest.raises(BadSettings) as caught:
        PlayedTransport(OK).http(token=token)
    shown = "".join(traceback.format_exception(caught.value))
    assert "FISK_COOLIFY_TOKEN" in shown
    assert "1|abc" not in shown


@pytest.mark.parametrize(
    "answer", [GONE, say(401), say(403), say(500), httpx.ReadTimeout(""), say(200)], ids=repr
)
async def test_no_error_and_no_log_line_shows_the_token(
    answer: httpx.Response | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    http = PlayedTransport(answer).http(token="1|verysecret", retries=0)
    shown = repr(http)
    try:
        await http.json("GET", "/")
    except FiskError as error:
        shown += "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        shown += repr(error.facts)
    assert "verysecret" not in shown + caplog.text


async def test_somebody_may_watch_every_request() -> None:
    seen: list[tuple[str, str]] = []

    def observe(system: str, outcome: str, seconds: float) -> None:
        assert seconds >= 0
        seen.append((system, outcome))

    http = PlayedTransport(OK, say(503), OK, say(404)).http(observe=observe)
    await http.request("GET", "/")
    await http.request("GET", "/")
    with pytest.raises(NotThere):
        await http.request("GET", "/")
    assert seen == [("Coolify", "ok"), ("Coolify", "ok"), ("Coolify", "not_found")]


async def test_nothing_listening_is_unreachable() -> None:
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
    http = Http("Coolify", f"http://127.0.0.1:{port}", retries=0)
    with pytest.raises(Unreachable, match="nothing listens there"):
        await http.request("GET", "/")
    await http.aclose()


async def test_a_connection_that_closes_without_an_answer_is_unreachable() -> None:
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        http = Http("Coolify", f"http://127.0.0.1:{port}", retries=0)
        with pytest.raises(Unreachable, match="closed the connection before it answered"):
            await http.request("GET", "/")
        await http.aclose()


async def test_a_server_without_tls_is_unreachable_by_https() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        http = Http("Coolify", f"https://127.0.0.1:{port}", retries=0)
        with pytest.raises(Unreachable, match="does not speak TLS"):
            await http.request("GET", "/")
        await http.aclose()


async def test_a_missing_right_is_no_wrong_token() -> None:
    with pytest.raises(MissingAbility, match="Missing required permissions: deploy"):
        await (
            PlayedTransport(say(403, {"message": "Missing required permissions: deploy"}))
            .http()
            .request("GET", "/")
        )
    with pytest.raises(Rejected):
        await PlayedTransport(say(422, {})).http().request("GET", "/")
