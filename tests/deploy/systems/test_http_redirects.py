"""Redirects, and where the token goes."""

from __future__ import annotations

import httpx
import pytest

from deploy.core.errors import (
    Unexpected,
)
from tests.deploy.systems.http_answers import OK
from tests.deploy.systems.played_transport import PlayedTransport, say


def moved(to: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"Location": to})


def tokens(transport: PlayedTransport) -> list[str | None]:
    return [request.headers.get("Authorization") for request in transport.asked]


async def test_a_redirect_at_home_keeps_the_token() -> None:
    transport = PlayedTransport(moved("/b?c=1", 307), OK)
    await transport.http().request("GET", "/a")
    assert transport.lines == ["GET https://coolify.example/a", "GET https://coolify.example/b?c=1"]
    assert tokens(transport) == ["Bearer 1|token", "Bearer 1|token"]


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
    transport = PlayedTransport(moved(elsewhere), OK)
    await transport.http(base_url=base).request("GET", "/a", headers={"Cookie": "session=1"})
    assert tokens(transport) == ["Bearer 1|token", None]
    assert [request.headers.get("Cookie") for request in transport.asked] == ["session=1", None]


async def test_a_token_does_not_come_back_after_a_detour() -> None:
    transport = PlayedTransport(moved("https://evil.example/"), moved("https://coolify.example/a"), OK)
    await transport.http().request("GET", "/a")
    assert tokens(transport) == ["Bearer 1|token", None, None]


async def test_the_default_port_is_the_same_origin() -> None:
    transport = PlayedTransport(moved("https://coolify.example:443/b"), OK)
    await transport.http().request("GET", "/a")
    assert tokens(transport) == ["Bearer 1|token", "Bearer 1|token"]


@pytest.mark.parametrize("to", ["http://coolify.example/a", "http://evil.example/", "ftp://coolify.example/"])
async def test_https_is_never_left(to: str) -> None:
    transport = PlayedTransport(moved(to), OK)
    with pytest.raises(Unexpected, match="redirects from https"):
        await transport.http().request("GET", "/a")
    assert len(transport.asked) == 1


async def test_a_circle_of_redirects_ends() -> None:
    transport = PlayedTransport(moved("/a"))
    with pytest.raises(Unexpected, match="circles"):
        await transport.http(retries=0).request("GET", "/a")
    assert len(transport.asked) == 6


async def test_a_write_is_never_redirected() -> None:
    transport = PlayedTransport(moved("https://coolify.example/login"), OK)
    with pytest.raises(Unexpected, match="status 302"):
        await transport.http().request("POST", "/a")
    assert len(transport.asked) == 1


async def test_a_refusal_at_another_address_is_not_blamed_on_the_token() -> None:
    transport = PlayedTransport(moved("https://new.example/a"), say(401))
    with pytest.raises(Unexpected, match=r"redirects to new\.example, and fisk takes its token to no other"):
        await transport.http().request("GET", "/a")


async def test_a_whole_url_of_another_origin_gets_no_token() -> None:
    transport = PlayedTransport(OK)
    await transport.http().request("GET", "https://elsewhere.example/token")
    assert tokens(transport) == [None]


async def test_cookies_are_neither_kept_nor_sent() -> None:
    transport = PlayedTransport(say(200, {}, Set_Cookie="session=abc; Path=/"), OK)
    http = transport.http()
    await http.request("GET", "/")
    await http.request("GET", "/")
    assert [request.headers.get("Cookie") for request in transport.asked] == [None, None]
