"""The app's health URL, and others that it answers, asked plainly: one try, a new connection, no redirect followed."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from deploy.core.acting import acting_by, unlimited
from deploy.core.bounded_json import loads
from deploy.core.model import Health
from deploy.core.values import dataclass
from deploy.systems.client import careful, certificates
from deploy.systems.error_mapping import HTTPX_ERRORS, Question, no_answer

MAX_BODY = 64 * 2**10  # bytes; no more of an answer is read
HEADERS = {
    "User-Agent": "fisk",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Cache-Control": "no-cache",
}
# The names by which health answers give the commit that they were built from.
COMMITS = ("commit", "sha", "revision", "gitSha", "git_sha", "gitCommit", "git_commit", "GIT_SHA")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: `status` is the HTTP status, 0 without one, for which `why` is the reason; `body` its beginning."""

    status: int
    why: str = ""
    body: bytes = b""


class HealthUrl:
    """Asks health URLs; `timeout` in seconds, `transport` stands in for the network."""

    def __init__(self, *, timeout: float = 5.0, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._timeout = timeout
        self._transport = transport
        self._client: httpx.AsyncClient | None = None

    async def probe(self, url: str) -> Health:
        """What the URL answers now. Never raises for the network: silence is status 0 and says why.

        A redirect counts as what it is: a health endpoint behind a login page answers 302, not 200.
        """
        found = await self.fetch(url, self._timeout)
        return Health(found.status, found.why, parse_version(found.body))

    async def fetch(self, url: str, within: float) -> Answer:
        """What a URL answers within so many seconds; likewise."""
        try:
            async with asyncio.timeout(within):
                return await self._ask(url)
        except TimeoutError:
            return Answer(0, f"no answer within {within:g} s")
        except HTTPX_ERRORS as error:
            failure = no_answer(error, Question("The app", "", seconds=within))
            return Answer(0, failure.why or f"no answer within {within:g} s")

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _ask(self, url: str) -> Answer:
        with acting_by(unlimited):  # it changes nothing
            async with self._open().stream("GET", url) as response:
                body = await _read_some(response)
        return Answer(response.status_code, _explanation(response), body)

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            # Each look proves the whole way anew, so neither a connection nor a cookie is kept: by one a proxy
            # may go on leading to the container that is replaced.
            client = httpx.AsyncClient(
                transport=self._transport,
                verify=True if self._transport else certificates(),
                timeout=None,  # noqa: S113 (asyncio's limits the whole of it)
                limits=httpx.Limits(max_keepalive_connections=0),
                headers=HEADERS,
            )
            self._client = careful(client)
        return self._client


def _explanation(response: httpx.Response) -> str:
    if not response.has_redirect_location:
        return ""
    return f"redirects to {response.url.join(response.headers['Location']).copy_with(query=None)}"


async def _read_some(response: httpx.Response) -> bytes:
    """The beginning of the body as it was sent: a few bytes that are packed twice may stand for gigabytes."""
    read = bytearray()
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) > MAX_BODY:
            break
    return bytes(read)


def parse_version(body: bytes) -> str:
    """The commit, or else the version, that the body of a health answer says; empty where it does not."""
    try:
        answer = loads(body)
    except ValueError:
        return ""
    if not isinstance(answer, dict):
        return ""
    return next((text for name in (*COMMITS, "version") if (text := _text(answer.get(name)))), "")


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
