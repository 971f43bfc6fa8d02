"""What an HTTP answer, or its absence, means. Pure: no clock but the one passed in, no network."""

from __future__ import annotations

import math
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from deploy.core.bounded_json import loads
from deploy.core.errors import (
    MissingAbility,
    NotJson,
    NotThere,
    RateLimited,
    Rejected,
    ServerFault,
    SystemFailure,
    TimedOut,
    Unauthorized,
    Unexpected,
    Unreachable,
)
from deploy.core.units import cut
from deploy.core.values import dataclass
from deploy.core.visible import visible

REASON_LENGTH = 200
SLOW_DOWN = 60.0  # seconds, where a system asks for patience without saying how much
LONGEST_WAIT = 86_400.0
MAX_BODY = 16 * 2**20  # bytes; a comparison with 250 commits and 300 files stays below it


@dataclass(frozen=True, slots=True)
class Question:
    """What fisk asked and of whom, and how many bytes the answer may have at `most`: what an error about it needs."""

    system: str
    setting: str
    what: str = "such thing"
    seconds: float = 0
    most: int = MAX_BODY


# --- no answer: every error of httpx, mapped once


def _late(_: Exception, asked: Question) -> SystemFailure:
    return TimedOut(seconds=asked.seconds, system=asked.system)


def _down(error: Exception, asked: Question) -> SystemFailure:
    return Unreachable(why=_cause(error), system=asked.system)


def _cause(error: BaseException) -> str:
    """Why there is no connection: by the kind of the innermost error, since texts differ by system."""
    inner = (
        error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error.__cause__ or error.__context__
    )
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, socket.gaierror):
        return "no such host name"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {plain(error.verify_message)}"
    if isinstance(error, ssl.SSLError):
        return "it does not speak TLS"
    return _cause(inner) if inner else plain(str(error)) or "no connection"


def _because(
    kind: type[Unreachable | Unexpected], why: str
) -> Callable[[Exception, Question], SystemFailure]:
    return lambda _, asked: kind(why=why, system=asked.system)


_hung_up = _because(Unreachable, "it closed the connection before it answered")
_no_address = _because(Unreachable, "its address is not one of the web")
_garbled = _because(Unexpected, "its answer is not HTTP")
_misread = _because(Unexpected, "its answer could not be read")

# The whole tree by name: a test fails when httpx gains an error that is not here.
MEANINGS: Mapping[type[Exception], Callable[[Exception, Question], SystemFailure]] = {
    httpx.HTTPError: _garbled,
    httpx.RequestError: _garbled,
    httpx.TransportError: _down,
    httpx.TimeoutException: _late,
    httpx.ConnectTimeout: _late,
    httpx.ReadTimeout: _late,
    httpx.WriteTimeout: _late,
    httpx.PoolTimeout: _late,
    httpx.NetworkError: _down,
    httpx.ConnectError: _down,
    httpx.ReadError: _hung_up,
    httpx.WriteError: _hung_up,
    httpx.CloseError: _hung_up,
    httpx.ProxyError: _because(Unreachable, "the proxy in between refuses"),
    httpx.UnsupportedProtocol: _no_address,
    httpx.InvalidURL: _no_address,
    httpx.ProtocolError: _garbled,
    # Its text may quote a header, and so a token: it is never shown.
    httpx.LocalProtocolError: _because(Unexpected, "fisk could not put the request into HTTP"),
    httpx.RemoteProtocolError: _hung_up,
    httpx.DecodingError: _because(Unexpected, "its answer does not decompress"),
    httpx.TooManyRedirects: _because(Unexpected, "it redirects in circles"),
    httpx.HTTPStatusError: _garbled,
    httpx.CookieConflict: _misread,
    httpx.StreamError: _misread,
    httpx.StreamConsumed: _misread,
    httpx.StreamClosed: _misread,
    httpx.ResponseNotRead: _misread,
    httpx.RequestNotRead: _misread,
}
HTTPX_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)


def no_answer(error: Exception, asked: Question) -> SystemFailure:
    """The failure that an error of httpx amounts to; a kind that httpx adds later counts as its parent."""
    return next(MEANINGS[kind] for kind in type(error).__mro__ if kind in MEANINGS)(error, asked)


# --- an answer that says no


def failure(response: httpx.Response, asked: Question, now: float) -> SystemFailure:
    """The failure that an answer other than 2xx amounts to. `now` in seconds since the epoch."""
    if (wait := slow_down(response, now)) is not None:
        return RateLimited(retry_after=wait, why=reason(response), system=asked.system)
    if response.is_server_error:
        pause = retry_after(response.headers.get("Retry-After", ""), now)
        status = response.status_code
        return ServerFault(status=status, why=reason(response), retry_after=pause, system=asked.system)
    if response.is_client_error:
        return _refusal(response, asked)
    return Unexpected(why=f"status {response.status_code}, which fisk does not follow", system=asked.system)


def _refusal(response: httpx.Response, asked: Question) -> SystemFailure:
    status = response.status_code
    if status == httpx.codes.UNAUTHORIZED:
        return Unauthorized(setting=asked.setting, system=asked.system)
    if is_html(response):
        return NotJson(what=f"an HTML page with status {status}", system=asked.system)
    if status == httpx.codes.FORBIDDEN:
        return MissingAbility(why=reason(response), setting=asked.setting, system=asked.system)
    if status == httpx.codes.NOT_FOUND:
        return NotThere(what=asked.what, system=asked.system)
    return Rejected(why=reason(response), status=status, system=asked.system)


def slow_down(response: httpx.Response, now: float) -> float | None:
    """For how many seconds an answer asks fisk to stay away; None where it is about something else.

    429 always means it. 403 does where it carries Retry-After, or says that no calls are left until
    x-ratelimit-reset (GitHub's primary limit).
    """
    if response.status_code not in {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.FORBIDDEN}:
        return None
    wait = retry_after(response.headers.get("Retry-After", ""), now)
    if wait is None and response.headers.get("x-ratelimit-remaining") == "0":
        reset = seconds(response.headers.get("x-ratelimit-reset", ""))
        wait = SLOW_DOWN if reset is None else min(max(0.0, reset - now), LONGEST_WAIT)
    if wait is None and response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        wait = SLOW_DOWN
    return wait


def retry_after(value: str, now: float) -> float | None:
    """Seconds to wait by a Retry-After header, given in seconds or as a date; None where it says neither."""
    wait = seconds(value)
    if wait is None:
        try:
            wait = parsedate_to_datetime(value).timestamp() - now
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
    return min(max(0.0, wait), LONGEST_WAIT)


def seconds(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


# --- what it says


def is_html(response: httpx.Response) -> bool:
    return "html" in response.headers.get("Content-Type", "").lower()


def read_json(response: httpx.Response, asked: Question) -> Any:
    """The body as JSON. Raises NotJson where it is a page, empty, or anything else."""
    try:
        return loads(response.content)
    except ValueError:
        raise NotJson(what=_looks_like(response), system=asked.system) from None


def _looks_like(response: httpx.Response) -> str:
    if not response.content.strip():
        return "nothing"
    return "an HTML page" if is_html(response) or response.content.lstrip()[:1] == b"<" else "plain text"


def reason(response: httpx.Response) -> str:
    """Why an answer says no, in its own words: short, one line, no markup. Falls back to its status."""
    try:
        message = plain(_message(loads(response.content)))
    except (ValueError, RecursionError):
        message = ""
    return message or f"status {response.status_code}"


def _message(body: Any) -> str:
    """The sentence in an error body: Coolify's and GitHub's `message` and `errors`, a registry's `errors`."""
    if not isinstance(body, dict):
        return ""
    message = body.get("message") or body.get("error") or ""
    details = _details(body.get("errors"))
    return ": ".join(part for part in (message if isinstance(message, str) else "", details) if part)


def _details(errors: Any) -> str:
    if isinstance(errors, str):
        return errors
    if isinstance(errors, dict):
        return "; ".join(f"{key}: {_details(value)}" for key, value in list(errors.items())[:5])
    if isinstance(errors, list):
        return ", ".join(filter(None, (_detail(error) for error in errors[:5])))
    return ""


def _detail(error: Any) -> str:
    if not isinstance(error, dict):
        return error if isinstance(error, str) else ""
    return " ".join(part for key in ("code", "field", "message") if isinstance(part := error.get(key), str))


def plain(text: str) -> str:
    """One printable line of at most 200 characters."""
    parted = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", " ", text[: REASON_LENGTH * 4])
    return cut(" ".join(visible(parted).split()).rstrip(" ."), REASON_LENGTH)
