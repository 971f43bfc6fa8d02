"""Answers that are made to take all time and memory there is: read within bounds, or refused."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib

import httpx
import pytest

from deploy.core.bounded_json import MOST_VALUES, loads
from deploy.core.errors import NotJson, Rejected, Unexpected
from deploy.systems.body import PIECE
from deploy.systems.error_mapping import MAX_BODY
from tests.deploy.systems.played_transport import PlayedTransport

PACKED_TWICE = gzip.compress(gzip.compress(bytes(2**21)))


def answer(content: bytes, coding: str = "gzip", status: int = 200) -> httpx.Response:
    headers = {"Content-Encoding": coding} if coding else {}
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content))


@pytest.mark.parametrize(
    ("content", "coding"),
    [
        (b'{"a": 1}', ""),
        (b'{"a": 1}', "identity"),
        (gzip.compress(b'{"a": 1}'), "GZIP"),
        (gzip.compress(b'{"a": 1}'), "x-gzip, identity"),
        (gzip.compress(b'{"a": 1}') + b"what comes after it", "gzip"),
        (b"\xef\xbb\xbf" + b'{"a": 1}', ""),
    ],
    # by hand: gzip has the time in it, so that two processes would not name the same tests
    ids=["as it is", "identity", "upper case", "in two words", "more after its end", "with a mark before it"],
)
async def test_a_body_is_unpacked_once(content: bytes, coding: str) -> None:
    transport = PlayedTransport(answer(content, coding))
    assert await transport.http().json("GET", "/") == {"a": 1}
    assert transport.asked[0].headers["Accept-Encoding"] == "gzip"


async def test_an_answer_without_a_body_may_say_that_it_is_packed() -> None:
    response = await PlayedTransport(answer(b"")).http().request("GET", "/")
    assert response.content == b""


@pytest.mark.parametrize(
    ("content", "coding", "why"),
    [
        (PACKED_TWICE, "gzip, gzip", "its answer is packed in a way that fisk did not ask for"),
        (zlib.compress(b"{}"), "deflate", "its answer is packed in a way that fisk did not ask for"),
        (b"{}", "br", "its answer is packed in a way that fisk did not ask for"),
        (b"{}", "gzip", "its answer does not decompress"),
        (gzip.compress(b"{}")[:-1], "gzip", "its answer does not decompress"),
        (gzip.compress(bytes(MAX_BODY + 1)), "gzip", "its answer is longer than 16 MB"),
        (gzip.compress(b"{}") + bytes(MAX_BODY), "gzip", "its answer is longer than 16 MB"),
    ],
    ids=["twice", "deflate", "brotli", "no gzip", "cut off", "too long", "too long behind its end"],
)
@pytest.mark.parametrize("status", [200, 500])
async def test_what_is_packed_otherwise_or_stands_for_too_much_is_refused(
    content: bytes, coding: str, why: str, status: int
) -> None:
    with pytest.raises(Unexpected) as caught:
        await PlayedTransport(answer(content, coding, status)).http(retries=0).request("GET", "/")
    assert str(caught.value) == f"Coolify answered something that fisk does not understand: {why}."


async def test_of_a_body_that_stands_for_much_no_more_is_unpacked_than_fisk_may_read() -> None:
    transport = PlayedTransport(answer(gzip.compress(bytes(2**27), 1)))
    tracemalloc.start()
    try:
        with pytest.raises(Unexpected, match="longer than 16 MB"):
            await transport.http().request("GET", "/")
        assert tracemalloc.get_traced_memory()[1] < 3 * MAX_BODY
    finally:
        tracemalloc.stop()


async def test_while_a_body_is_unpacked_others_get_the_event_loop() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(count())
    await PlayedTransport(answer(gzip.compress(bytes(MAX_BODY)))).http().request("GET", "/")
    other.cancel()
    assert turns >= MAX_BODY // PIECE


FULL = f"[{'0,' * MOST_VALUES}0]"
BOMBS = {
    "16 MB of lists": b"[" + b"[]," * 5_000_000 + b"[]]",
    "16 MB of brackets": b"[" * 2**24,
    "brackets in brackets": b"[" * 100_000 + b"]" * 100_000,
    "objects": b"[" + b'{"a":{}},' * MOST_VALUES + b"{}]",
    "one value too many": FULL.encode(),
    "texts with commas": b"[" + b'"a,b",' * MOST_VALUES + b"0]",
    "a text with an escaped quote": b'["\\""' + b",0" * (MOST_VALUES + 1) + b"]",
    "in UTF-16, which no API speaks": FULL.encode("utf-16"),
    "a number of a million digits": b"1" * 1_000_000,
    "a text that does not end": b'"' + b"\\" * 2**23,
}


@pytest.mark.parametrize("bomb", BOMBS)
async def test_json_that_stands_for_too_much_is_no_json(bomb: str) -> None:
    with pytest.raises(NotJson):
        await PlayedTransport(answer(BOMBS[bomb], "")).http().json("GET", "/")


@pytest.mark.parametrize("bomb", BOMBS)
async def test_an_error_in_such_json_is_told_by_its_status(bomb: str) -> None:
    with pytest.raises(Rejected) as caught:
        await PlayedTransport(answer(BOMBS[bomb], "", 418)).http().request("GET", "/")
    assert caught.value.why == "status 418"


def test_large_answers_are_read() -> None:
    """Commas inside of texts are no values."""
    assert len(loads(f"[{'0,' * (MOST_VALUES - 2)}0]")) == MOST_VALUES - 1
    assert loads('["' + "," * 2 * MOST_VALUES + '\\\\", "' + "[" * MOST_VALUES + '"]') == [
        "," * 2 * MOST_VALUES + "\\",
        "[" * MOST_VALUES,
    ]
