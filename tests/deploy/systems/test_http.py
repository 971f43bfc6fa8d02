from __future__ import annotations

import asyncio
import gzip
import logging
import traceback
from typing import Any

import httpx
import pytest

from deploy.core.deadline import deadline
from deploy.core.errors import (
    BadSettings,
    FiskError,
    MissingAbility,
    NotJson,
    NotThere,
    RateLimited,
    Rejected,
    ServerFault,
    TimedOut,
    Unauthorized,
    Unexpected,
    Unreachable,
)
from deploy.systems.error_mapping import MAX_BODY
from deploy.systems.http import Http
from tests.deploy.systems.played_transport import Wire, say

OK = say(200, {"ok": True})
GONE = httpx.ConnectError("All connection attempts failed")


def moved(to: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"Location": to})


def tokens(wire: Wire) -> list[str | None]:
    return [request.headers.get("Authorization") for request in wire.asked]


# --- what goes out


async def test_a_request_goes_out_as_it_was_asked_for() -> None:
    wire = Wire(OK)
    response = await wire.http().request("POST", "/api/v1/deploy", params={"uuid": "a b"}, json={"x": 1})
    (request,) = wire.asked
    assert (request.method, str(request.url), request.content) == (
        "POST",
        "https://coolify.example/api/v1/deploy?uuid=a+b",
        b'{"x":1}',
    )
    assert request.headers["Authorization"] == "Bearer 1|token"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["User-Agent"] == "fisk"
    assert response.json() == {"ok": True}


async def test_a_request_may_say_its_own_accept() -> None:
    wire = Wire(OK)
    await wire.http().request("GET", "/", headers={"Accept": "text/plain"})
    assert wire.asked[0].headers.get_list("accept") == ["text/plain"]


async def test_a_compressed_body_is_read_once() -> None:
    packed = httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=gzip.compress(b'{"a": 1}'))
    assert await Wire(packed).http().json("GET", "/") == {"a": 1}


# --- what comes back


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
    wire = Wire(httpx.Response(200, headers={"Content-Type": kind}, content=content))
    with pytest.raises(NotJson) as caught:
        await wire.http().json("GET", "/")
    assert str(caught.value) == f"Coolify answered {what} where fisk expected JSON."


async def test_a_status_that_the_caller_accepts_is_an_answer() -> None:
    response = await Wire(say(404)).http().request("GET", "/", accept_status=(404,))
    assert response.status_code == 404


async def test_a_failure_knows_the_setting_and_the_thing() -> None:
    with pytest.raises(Unauthorized) as refused:
        await Wire(say(401)).http().request("GET", "/")
    assert refused.value.failure.hint == "Put a valid token in FISK_COOLIFY_TOKEN and restart fisk."
    with pytest.raises(NotThere) as missing:
        await Wire(say(404)).http().request("GET", "/x", what="application x")
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


# --- tries


@pytest.mark.parametrize(
    "passing",
    [say(502), say(503), say(504), GONE, httpx.ReadTimeout(""), httpx.RemoteProtocolError("")],
    ids=repr,
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_read_is_tried_again_when_that_may_help(
    method: str, passing: httpx.Response | Exception
) -> None:
    wire = Wire(passing, passing, OK)
    assert (await wire.http().request(method, "/")).status_code == 200
    assert len(wire.asked) == 3
    assert 0 <= wire.slept[0] <= 0.25
    assert 0 <= wire.slept[1] <= 0.5


async def test_it_gives_up_after_its_tries() -> None:
    wire = Wire(GONE)
    with pytest.raises(Unreachable):
        await wire.http().request("GET", "/")
    assert len(wire.asked) == 3


@pytest.mark.parametrize(
    "final", [say(500), say(501), say(400), say(401), say(403), say(404), say(422)], ids=repr
)
async def test_an_answer_that_will_not_change_is_not_asked_for_again(final: httpx.Response) -> None:
    wire = Wire(final)
    with pytest.raises(FiskError):
        await wire.http().request("GET", "/")
    assert len(wire.asked) == 1


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "passing", [say(503), say(429, retry_after="1"), GONE, httpx.ReadTimeout("")], ids=repr
)
async def test_a_write_is_sent_once(method: str, passing: httpx.Response | Exception) -> None:
    wire = Wire(passing, OK)
    with pytest.raises(FiskError):
        await wire.http().request(method, "/")
    assert len(wire.asked) == 1


async def test_a_write_that_is_declared_safe_is_tried_again() -> None:
    wire = Wire(httpx.ReadTimeout(""), OK)
    await wire.http().request("PATCH", "/", safe=True)
    assert len(wire.asked) == 2


async def test_a_read_that_is_declared_unsafe_is_sent_once() -> None:
    wire = Wire(say(503), OK)
    with pytest.raises(ServerFault):
        await wire.http().request("GET", "/", safe=False)
    assert len(wire.asked) == 1


@pytest.mark.parametrize("status", [429, 403, 503])
async def test_a_short_wait_that_is_asked_for_is_waited(status: int) -> None:
    wire = Wire(say(status, Retry_After="7"), OK)
    await wire.http().request("GET", "/")
    assert wire.slept == [7.0]


async def test_whoever_waits_less_long_is_told_at_once() -> None:
    wire = Wire(say(429, Retry_After="7"), say(429, Retry_After="7"), OK)
    with deadline(60), deadline(5), deadline(60), pytest.raises(RateLimited):
        await wire.http().request("GET", "/x")
    assert wire.slept == []
    with deadline(60):
        await wire.http().request("GET", "/x")
    assert wire.slept == [7.0]


async def test_a_long_wait_is_left_to_the_caller() -> None:
    wire = Wire(say(429, Retry_After="11"), OK)
    with pytest.raises(RateLimited) as caught:
        await wire.http().request("GET", "/")
    assert caught.value.facts["retry_after"] == 11
    assert wire.slept == []


async def test_a_wait_beyond_the_time_of_the_request_is_left_to_the_caller() -> None:
    wire = Wire(say(429, Retry_After="3"), OK)
    with pytest.raises(RateLimited):
        await wire.http(timeout=1.0).request("GET", "/")
    assert wire.slept == []


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


# --- redirects


async def test_a_redirect_at_home_keeps_the_token() -> None:
    wire = Wire(moved("/b?c=1", 307), OK)
    await wire.http().request("GET", "/a")
    assert wire.lines == ["GET https://coolify.example/a", "GET https://coolify.example/b?c=1"]
    assert tokens(wire) == ["Bearer 1|token", "Bearer 1|token"]


@pytest.mark.parametrize(
    ("base", "elsewhere"),
    [
        ("https://coolify.example", "https://evil.example/a"),
        ("https://coolify.example", "https://coolify.example:8443/a"),
        ("https://coolify.example", "https://sub.coolify.example/a"),
        ("http://coolify.example", "https://coolify.example/a"),
        ("http://coolify.example", "//evil.example/a"),
        ("https://coolify.example", "https://coolify.example@evil.example/a"),
    ],
)
async def test_a_redirect_to_another_origin_takes_no_token(base: str, elsewhere: str) -> None:
    wire = Wire(moved(elsewhere), OK)
    await wire.http(base_url=base).request("GET", "/a", headers={"Cookie": "session=1"})
    assert tokens(wire) == ["Bearer 1|token", None]
    assert [request.headers.get("Cookie") for request in wire.asked] == ["session=1", None]


async def test_a_token_does_not_come_back_after_a_detour() -> None:
    wire = Wire(moved("https://evil.example/"), moved("https://coolify.example/a"), OK)
    await wire.http().request("GET", "/a")
    assert tokens(wire) == ["Bearer 1|token", None, None]


async def test_the_default_port_is_the_same_origin() -> None:
    wire = Wire(moved("https://coolify.example:443/b"), OK)
    await wire.http().request("GET", "/a")
    assert tokens(wire) == ["Bearer 1|token", "Bearer 1|token"]


@pytest.mark.parametrize("to", ["http://coolify.example/a", "http://evil.example/", "ftp://coolify.example/"])
async def test_https_is_never_left(to: str) -> None:
    wire = Wire(moved(to), OK)
    with pytest.raises(Unexpected, match="redirects from https"):
        await wire.http().request("GET", "/a")
    assert len(wire.asked) == 1


async def test_a_circle_of_redirects_ends() -> None:
    wire = Wire(moved("/a"))
    with pytest.raises(Unexpected, match="circles"):
        await wire.http(retries=0).request("GET", "/a")
    assert len(wire.asked) == 6


async def test_a_write_is_never_redirected() -> None:
    wire = Wire(moved("https://coolify.example/login"), OK)
    with pytest.raises(Unexpected, match="status 302"):
        await wire.http().request("POST", "/a")
    assert len(wire.asked) == 1


async def test_a_refusal_at_another_address_is_not_blamed_on_the_token() -> None:
    wire = Wire(moved("https://new.example/a"), say(401))
    with pytest.raises(Unexpected, match=r"redirects to new\.example, and fisk takes its token to no other"):
        await wire.http().request("GET", "/a")


async def test_a_whole_url_of_another_origin_gets_no_token() -> None:
    wire = Wire(OK)
    await wire.http().request("GET", "https://elsewhere.example/token")
    assert tokens(wire) == [None]


async def test_cookies_are_neither_kept_nor_sent() -> None:
    wire = Wire(say(200, {}, Set_Cookie="session=abc; Path=/"), OK)
    http = wire.http()
    await http.request("GET", "/")
    await http.request("GET", "/")
    assert [request.headers.get("Cookie") for request in wire.asked] == [None, None]


# --- settings and secrets


@pytest.mark.parametrize("base", ["coolify.example", "http://[::1", "", "ftp://coolify.example"])
async def test_an_address_that_is_none_is_said_to_be_unreachable(base: str) -> None:
    http = Http("Coolify", base, retries=0)
    with pytest.raises(Unreachable, match="its address is not one of the web"):
        await http.request("GET", "/")
    await http.aclose()


@pytest.mark.parametrize("token", ["1|abc\n", "1|abc\u2019", "\x00"])
def test_a_token_that_no_header_can_carry_is_a_bad_setting_and_is_not_shown(token: str) -> None:
    with pytest.raises(BadSettings) as caught:
        Wire(OK).http(token=token)
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
    http = Wire(answer).http(token="1|verysecret", retries=0)
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

    http = Wire(OK, say(503), OK, say(404)).http(observe=observe)
    await http.request("GET", "/")
    await http.request("GET", "/")
    with pytest.raises(NotThere):
        await http.request("GET", "/")
    assert seen == [("Coolify", "ok"), ("Coolify", "ok"), ("Coolify", "not_found")]


# --- through a real socket


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
        await Wire(say(403, {"message": "Missing required permissions: deploy"})).http().request("GET", "/")
    with pytest.raises(Rejected):
        await Wire(say(422, {})).http().request("GET", "/")
