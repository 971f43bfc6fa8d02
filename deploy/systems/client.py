"""An httpx client as fisk uses it: its certificates, its connections, and no cookies."""

from __future__ import annotations

import ssl
from functools import cache

import httpx

from deploy.systems.network import guarded


@cache
def certificates() -> ssl.SSLContext:
    """The TLS context with the trusted certificates; loaded once, at the first use."""
    return httpx.create_ssl_context()


class _NoCookies(httpx.Cookies):
    """Keeps none and looks for none: for each answer httpx would make a request and an answer of urllib's."""

    def extract_cookies(self, response: httpx.Response) -> None:
        pass


def careful(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """The client on connections that heed the right to act, and without cookies."""
    client._cookies = _NoCookies()  # noqa: SLF001 (what is handed to it becomes a jar of its own)
    return guarded(client)
