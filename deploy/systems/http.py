"""The HTTP client: time limits, retries where they are safe, own handling of redirects, mapping of errors."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import httpx

from deploy.core.acting import acting_by, current_right, unlimited
from deploy.core.deadline import current_deadline
from deploy.core.errors import (
    BadSettings,
    RateLimited,
    ServerFault,
    SystemFailure,
    TimedOut,
    Unexpected,
    Unreachable,
)
from deploy.systems.body import ACCEPTED, read_body
from deploy.systems.client import careful, certificates
from deploy.systems.error_mapping import HTTPX_ERRORS, MAX_BODY, Question, failure, no_answer, read_json

SAFE = frozenset({"GET", "HEAD"})
CONNECT_SECONDS = 5.0
LIMITS_FOR_RETRIES = 2  # a request that may be repeated gets this many times its limit, pauses included
LONGEST_PAUSE = 10.0  # seconds that fisk waits inside a request for a system that asks for time
FIRST_PAUSE, LAST_PAUSE = 0.25, 2.0
PASSING = frozenset({502, 503, 504})
MAX_REDIRECTS = 5
PLAIN = {"User-Agent": "fisk", "Accept": "application/json", "Accept-Encoding": ACCEPTED}
PERSONAL = ("Authorization", "Cookie")

Origin = tuple[str, str, int | None]  # scheme, host and port
Observe = Callable[[str, str, float], None]  # system, outcome ("ok", "cancelled", an error's slug), seconds
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class _Call:
    """One request as it goes out. Its headers may hold a token, so it has no repr."""

    method: str
    url: httpx.URL
    headers: httpx.Headers
    json: Any
    accept: Collection[int]
    asked: Question
    looks: bool


class Http:
    """One system's HTTP API.

    Args:
        system: its name as a person reads it.
        base_url: where its paths begin.
        headers: sent with every request to that origin, and to no other where they are personal.
        setting: where its token is set, named in the error when the token is refused.
        timeout: seconds for one try. A request that may be repeated gets twice that in all.
        transport: stands in for the network.
        retries: how many more tries a request gets that may be repeated.
        observe: told of every request: the system, the outcome, and the seconds it took.
        sleep: how it waits between tries.
    """

    def __init__(
        self,
        system: str,
        base_url: str,
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        setting: str = "",
        timeout: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
        retries: int = 2,
        observe: Observe | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.system = system
        self.setting = setting or "the settings"
        self.newest_headers = httpx.Headers()
        self.base_url = base_url.rstrip("/")
        self._headers = httpx.Headers({**PLAIN, **_sendable(headers, self.setting)})
        self._timeout = timeout
        self._transport = transport
        self._retries = retries
        self._observe = observe
        self._sleep = sleep
        self._client: httpx.AsyncClient | None = None

    async def request(
        self,
        method: str,
        path: str,
        *,
        safe: bool | None = None,
        looks: bool = False,
        accept_status: Collection[int] = (),
        json: Any = None,
        params: Mapping[str, str | int] = MappingProxyType({}),
        headers: Mapping[str, str] = MappingProxyType({}),
        timeout: float | None = None,  # noqa: ASYNC109 (it limits one try, not the whole call)
        what: str = "",
        most: int = MAX_BODY,
    ) -> httpx.Response:
        """The answer, read to its end: a 2xx, or a status that the caller accepts.

        Args:
            method: the HTTP verb.
            path: below the base URL; or a whole URL, which gets this system's token only at its own origin.
            safe: whether it may be sent twice; by default only GET and HEAD may.
            looks: whether it changes nothing, whatever its verb; GET and HEAD never do.
            accept_status: statuses other than 2xx that are answers and no failures.
            json: the body.
            params: the query.
            headers: added to the system's own.
            timeout: seconds for one try, where it differs from the system's.
            what: the thing asked for, named when it is not there.
            most: bytes of the answer, where it may be larger than usual.

        Raises:
            SystemFailure: one of its subclasses, for every other answer and for none.
            Suspended: it would change something, and the lease under which it was asked for has lapsed.
        """
        limit = self._timeout if timeout is None else timeout
        asked = Question(self.system, self.setting, what or f"`{path}`", limit, most)
        url = self._address(path, params, asked)
        looks = looks or method in SAFE
        call = _Call(method, url, self._headers_for(url, headers), json, accept_status, asked, looks)
        return await self._watched(call, may_repeat=method in SAFE if safe is None else safe)

    async def json(self, method: str, path: str, **options: Any) -> Any:
        """The body of `request` as JSON; raises NotJson where it is a page, empty, or anything else."""
        return self.read(await self.request(method, path, **options))

    def read(self, response: httpx.Response) -> Any:
        """The body of an answer as JSON; raises NotJson where it is anything else."""
        return read_json(response, Question(self.system, self.setting))

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    def _address(self, path: str, params: Mapping[str, str | int], asked: Question) -> httpx.URL:
        address = path if path.startswith(("http://", "https://")) else self.base_url + path
        try:
            if "?" in address:
                return httpx.URL(address).copy_merge_params(params)
            return httpx.URL(address, params=params)  # parsed once
        except HTTPX_ERRORS as error:
            raise no_answer(error, asked) from None

    @cached_property
    def _home(self) -> Origin:
        return _origin(httpx.URL(self.base_url))

    def _headers_for(self, url: httpx.URL, more: Mapping[str, str]) -> httpx.Headers:
        headers = self._headers.copy() if _origin(url) == self._home else _impersonal(self._headers)
        headers.update(more)
        return headers

    async def _watched(self, call: _Call, *, may_repeat: bool) -> httpx.Response:
        started, outcome = time.monotonic(), "cancelled"
        try:
            response = await self._persist(call, self._retries if may_repeat else 0)
            outcome = "ok"
        except SystemFailure as error:
            outcome = error.slug
            raise
        finally:
            took = time.monotonic() - started
            log.debug("%s %s %s: %s in %.3f s", self.system, call.method, call.url.path, outcome, took)
            if self._observe is not None:
                self._observe(self.system, outcome, took)
        return response

    async def _persist(self, call: _Call, retries: int) -> httpx.Response:
        limit = call.asked.seconds
        deadline = time.monotonic() + limit * (LIMITS_FOR_RETRIES if retries else 1)
        attempt = 0
        while True:
            try:
                return await self._try(call, min(limit, deadline - time.monotonic()))
            except SystemFailure as error:
                pause = _pause_before_next(error, attempt)
                until = min(deadline, current_deadline())
                if attempt == retries or pause is None or time.monotonic() + pause >= until:
                    raise
            await self._sleep(pause)
            attempt += 1

    async def _try(self, call: _Call, limit: float) -> httpx.Response:
        try:
            async with asyncio.timeout(limit):
                response = await self._follow(call, limit)
        except TimeoutError:
            raise TimedOut(seconds=call.asked.seconds, system=call.asked.system) from None
        except HTTPX_ERRORS as error:
            raise no_answer(error, call.asked) from None
        self.newest_headers = response.headers
        if response.status_code == httpx.codes.UNAUTHORIZED and _origin(response.url) != _origin(call.url):
            # Nor does the caller get its challenge, which would be answered with the password.
            why = f"it redirects to {response.url.host}, and fisk takes its token to no other address"
            raise Unexpected(why=why, system=call.asked.system)
        if response.is_success or response.status_code in call.accept:
            return response
        raise failure(response, call.asked, time.time())

    async def _follow(self, call: _Call, limit: float) -> httpx.Response:
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._send(call, limit)
            if not response.has_redirect_location or call.method not in SAFE:
                return response
            call = _redirected(call, response)
        raise httpx.TooManyRedirects("")

    async def _send(self, call: _Call, limit: float) -> httpx.Response:
        client = self._open()
        times = httpx.Timeout(limit, connect=min(limit, CONNECT_SECONDS))
        request = client.build_request(
            call.method, call.url, headers=call.headers, json=call.json, timeout=times
        )
        with acting_by(unlimited if call.looks else current_right()):
            response = await client.send(request, stream=True)
        try:
            body = await read_body(response, call.asked)
        finally:
            await response.aclose()
        # The body is decoded by now, so the headers that say otherwise would be wrong.
        encoded = ("content-encoding", "content-length", "transfer-encoding")
        headers = [(key, value) for key, value in response.headers.multi_items() if key not in encoded]
        return httpx.Response(response.status_code, headers=headers, content=body, request=request)

    def _open(self) -> httpx.AsyncClient:
        """The client, opened at the first request: loading certificates would slow every start."""
        if self._client is None:
            verify = True if self._transport else certificates()
            self._client = careful(httpx.AsyncClient(transport=self._transport, verify=verify))
        return self._client


def _sendable(headers: Mapping[str, str], setting: str) -> Mapping[str, str]:
    """The headers, if HTTP can carry them. httpx would quote a value that it cannot, and so a token."""
    if all(value.isascii() and value.isprintable() for value in headers.values()):
        return headers
    raise BadSettings(why=f"{setting} has a character that no token has")


def _pause_before_next(error: SystemFailure, attempt: int) -> float | None:
    """Seconds to wait before a request is repeated, with full jitter; None where repeating is no use."""
    if isinstance(error, RateLimited | ServerFault) and (wait := error.retry_after) is not None:
        return wait if wait <= LONGEST_PAUSE else None
    passing = isinstance(error, ServerFault) and error.status in PASSING
    if not passing and not isinstance(error, TimedOut | Unreachable):
        return None
    return random.uniform(0, min(LAST_PAUSE, FIRST_PAUSE * 2**attempt))  # noqa: S311 (jitter, no secret)


def _origin(url: httpx.URL) -> Origin:
    return url.scheme, url.host, url.port  # the usual port is None, even where it is written


def _impersonal(headers: httpx.Headers) -> httpx.Headers:
    sent = headers.copy()
    for name in PERSONAL:
        sent.pop(name, None)
    return sent


def _redirected(call: _Call, response: httpx.Response) -> _Call:
    """The call that a redirect asks for: without the token at another origin, never from https to http."""
    # httpx would make an Authorization of a name in the address.
    url = call.url.join(response.headers["Location"]).copy_with(userinfo=b"")
    if call.url.scheme == "https" and url.scheme != "https":
        raise Unexpected(
            why=f"it redirects from https to {url.scheme or 'nowhere'}", system=call.asked.system
        )
    same = _origin(url) == _origin(call.url)
    return replace(call, url=url, headers=call.headers if same else _impersonal(call.headers))
