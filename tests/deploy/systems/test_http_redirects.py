"""Redirects, and where the token goes."""

from __future__ import annotations

import httpx
import pytest

from deploy.core.errors import (
    Unexpected,
)
from tests.deploy.systems.http_answers import OK
from tests.deploy.systems.played_transport import Wire, say


def moved(to: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"Location": to})


def tokens(wire: Wire) -> list[str | None]:
    return [request.headers.get("Authorization") for request in wire.asked]


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
