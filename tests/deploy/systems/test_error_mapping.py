from __future__ import annotations

import inspect
import json
import socket
import ssl
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import example, given, strategies as st

from deploy.core.errors import (
    FiskError,
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
from deploy.systems.error_mapping import (
    MEANINGS,
    Question,
    failure,
    no_answer,
    plain,
    reason,
    retry_after,
    slow_down,
)
from tests.deploy.systems.any_json import any_json
from tests.deploy.systems.played_transport import say

NOW = 1_700_000_000.0
ASKED = Question("Coolify", "FISK_COOLIFY_TOKEN", "application abc", 10.0)


def exported_by_httpx() -> set[type[Exception]]:
    things = (getattr(httpx, name) for name in httpx.__all__)
    return {thing for thing in things if inspect.isclass(thing) and issubclass(thing, Exception)}


def told(error: SystemFailure) -> tuple[type[SystemFailure], str]:
    return type(error), str(error)


def test_every_error_that_httpx_exports_has_a_meaning() -> None:
    assert set(MEANINGS) >= exported_by_httpx()


@pytest.mark.parametrize("kind", list(MEANINGS))
def test_each_meaning_is_a_failure_with_a_sentence_and_a_hint(kind: type[Exception]) -> None:
    error = no_answer(kind.__new__(kind), ASKED)
    assert isinstance(error, SystemFailure)
    assert error.failure.sentence.startswith("Coolify ")
    assert error.failure.hint
    assert error.facts["system"] == "Coolify"


def test_an_error_that_httpx_adds_later_counts_as_its_parent() -> None:
    class Newer(httpx.ReadTimeout):
        pass

    assert told(no_answer(Newer(""), ASKED)) == (TimedOut, "Coolify did not answer within 10 s.")


@pytest.mark.parametrize(
    ("cause", "why"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "nothing listens there"),
        (socket.gaierror(-2, "Name or service not known"), "no such host name"),
        (ssl.SSLError(1, "wrong version number"), "it does not speak TLS"),
        (ExceptionGroup("", [ConnectionRefusedError(), OSError()]), "nothing listens there"),
        (OSError("No route to host"), "No route to host"),
    ],
)
def test_an_unreachable_system_says_why(cause: Exception, why: str) -> None:
    error = httpx.ConnectError("All connection attempts failed")
    error.__cause__ = cause
    assert told(no_answer(error, ASKED)) == (Unreachable, f"Coolify cannot be reached ({why}).")


def test_a_header_that_cannot_be_sent_is_not_quoted() -> None:
    error = no_answer(httpx.LocalProtocolError("Illegal header value b'Bearer 1|secret\\n'"), ASKED)
    assert "secret" not in f"{error.failure} {error.facts}"


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (say(401, {"message": "Unauthenticated."}), (Unauthorized, "Coolify refuses fisk's credentials.")),
        (
            say(403, {"success": True, "message": "API is disabled."}),
            (MissingAbility, "Coolify does not let fisk's token do that: API is disabled."),
        ),
        (say(404, {"message": "Not found."}), (NotThere, "Coolify has no application abc.")),
        (say(409, {"message": "Exists."}), (Rejected, "Coolify rejected the request: Exists.")),
        (say(405, {}), (Rejected, "Coolify rejected the request: status 405.")),
        (say(500, {"message": "Server Error"}), (ServerFault, "Coolify answers 500.")),
        (httpx.Response(502, html="<h1>Bad gateway</h1>"), (ServerFault, "Coolify answers 502.")),
        (
            httpx.Response(404, html="<h1>Not found</h1>"),
            (NotJson, "Coolify answered an HTML page with status 404 where fisk expected JSON."),
        ),
        (
            httpx.Response(403, html="<h1>Sign in</h1>"),
            (NotJson, "Coolify answered an HTML page with status 403 where fisk expected JSON."),
        ),
        (
            say(304),
            (
                Unexpected,
                "Coolify answered something that fisk does not understand: "  # noqa: ISC004 (one sentence)
                "status 304, which fisk does not follow.",
            ),
        ),
        (
            say(429, {"message": "Too Many Attempts."}, Retry_After="17"),
            (RateLimited, "Coolify asks fisk to slow down for 17 s."),
        ),
        (say(429), (RateLimited, "Coolify asks fisk to slow down for 60 s.")),
        (
            say(403, {"message": "secondary"}, Retry_After="30"),
            (RateLimited, "Coolify asks fisk to slow down for 30 s."),
        ),
        (
            say(403, x_ratelimit_remaining="0", x_ratelimit_reset=str(int(NOW) + 90)),
            (RateLimited, "Coolify asks fisk to slow down for 90 s."),
        ),
        (
            say(403, {"message": "no"}, x_ratelimit_remaining="41", x_ratelimit_reset=str(int(NOW) + 90)),
            (MissingAbility, "Coolify does not let fisk's token do that: no."),
        ),
    ],
)
def test_a_status_becomes_its_failure(
    response: httpx.Response, expected: tuple[type[SystemFailure], str]
) -> None:
    assert told(failure(response, ASKED, NOW)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"message": "Validation failed.", "errors": {"tag": ["Bad.", "Long."]}},
            "Validation failed.: tag: Bad., Long",
        ),
        ({"message": "Validation failed.", "errors": {"tag": "Bad."}}, "Validation failed.: tag: Bad"),
        ({"message": "Validation failed.", "errors": "Bad."}, "Validation failed.: Bad"),
        ({"errors": [{"code": "DENIED", "message": "denied"}]}, "DENIED denied"),
        ({"message": "Invalid", "errors": [{"field": "ref", "code": "missing"}]}, "Invalid: missing ref"),
        ({"message": "two\nlines\x1b[31m"}, "two lines [31m"),
        ({"message": 7}, "status 422"),
        ([], "status 422"),
        ({"message": "x" * 500}, "x" * 199 + "…"),
    ],
)
def test_the_reason_is_one_short_line(body: Any, expected: str) -> None:
    assert reason(say(422, body)) == expected


def test_the_reason_of_a_page_is_its_status() -> None:
    assert reason(httpx.Response(422, html="<script>alert(1)</script>")) == "status 422"


def test_retry_after_may_be_a_date() -> None:
    assert retry_after(format_datetime(datetime.fromtimestamp(NOW + 12, UTC), usegmt=True), NOW) == 12
    assert retry_after(format_datetime(datetime.fromtimestamp(NOW - 12, UTC), usegmt=True), NOW) == 0


@pytest.mark.parametrize("value", ["", "soon", "nan", "inf", "-inf", "Mon, 99 Foo 2024 00:00:00 GMT"])
def test_a_retry_after_that_says_nothing_is_none(value: str) -> None:
    assert retry_after(value, NOW) is None


@given(st.text())
def test_any_retry_after_is_a_bounded_wait_or_none(value: str) -> None:
    wait = retry_after(value, NOW)
    assert wait is None or 0 <= wait <= 86_400


@given(st.integers(0, 86_400))
def test_seconds_of_retry_after_are_honoured(seconds: int) -> None:
    assert retry_after(str(seconds), NOW) == seconds


@given(st.datetimes(datetime(2023, 11, 15), datetime(2100, 1, 1)))  # noqa: DTZ001 (the zone is set below)
def test_dates_of_retry_after_are_honoured(when: datetime) -> None:
    when = when.replace(microsecond=0, tzinfo=UTC)
    expected = min(max(0.0, when.timestamp() - NOW), 86_400)
    assert retry_after(format_datetime(when, usegmt=True), NOW) == expected


@given(any_json(), st.sampled_from([301, 400, 401, 403, 404, 409, 422, 429, 500, 503]))
def test_any_error_body_becomes_a_failure(body: Any, status: int) -> None:
    error = failure(httpx.Response(status, content=json.dumps(body)), ASKED, NOW)
    assert isinstance(error, FiskError)
    assert len(error.failure.sentence.splitlines()) == 1


@given(st.text())
@example("\xad 0")
def test_plain_text_is_one_printable_line(text: str) -> None:
    line = plain(text)
    assert len(line) <= 200
    assert line == line.strip()
    line.encode()
    assert len(line.splitlines()) <= 1


def test_only_429_and_403_ask_for_patience() -> None:
    assert slow_down(say(503, Retry_After="5"), NOW) is None
