"""Redaction of secrets in a job's log."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from deploy.core.model import JobStep
from deploy.core.redact import LINES, WIDTH, harmless, harmless_lines, hide, tail
from deploy.core.units import moment

AT = "2026-01-11T17:00:{:02}.1234567Z"
BUILD = JobStep(
    "Build", 2, "completed", "failure", moment("2026-01-11T17:00:10Z"), moment("2026-01-11T17:00:20Z")
)


def log(*lines: tuple[int, str]) -> str:
    return "".join(f"{AT.format(second)} {text}\n" for second, text in lines)


def test_a_failing_steps_lines_end_with_its_last_error() -> None:
    told = log(
        (1, "##[group]Run actions/checkout"),
        (10, "##[group]Run docker build"),
        (11, "##[endgroup]"),
        (12, "#14 RUN npm ci"),
        (19, "##[error]exit code: 1"),
        (20, "Post job cleanup."),
        (30, "Bye"),
    )
    assert tail(told, BUILD) == ("Run docker build", "#14 RUN npm ci", "exit code: 1")


def test_without_times_the_whole_log_has_to_do() -> None:
    unknown = JobStep("Build", 2, "completed", "failure", 0, 0)
    told = log((1, "one"), (2, "two"))
    assert tail(told, unknown) == tail(told) == ("one", "two")
    assert tail("no time stamps\nat all", BUILD) == ("no time stamps", "at all")
    assert tail("") == ()


def test_only_the_last_thirty_lines_are_shown_and_long_ones_are_cut() -> None:
    told = log(*((12, f"line {number}") for number in range(100)), (12, "x" * 1000))
    shown = tail(told, BUILD)
    assert len(shown) == LINES
    assert shown[0] == "line 71"
    assert shown[-1] == "x" * (WIDTH - 1) + "…"


def test_a_line_without_a_time_belongs_to_the_one_before_it() -> None:
    assert tail(log((12, "first")) + "  second\n" + log((40, "later")), BUILD) == ("first", "  second")


def test_colours_control_characters_and_progress_bars_are_gone() -> None:
    assert harmless("\x1b[31;1mnpm ERR!\x1b[0m code \x1b]8;;http://x\x07E\x1b]8;;\x07") == "npm ERR! code E"
    assert harmless(" 10%\r 50%\r100%\r") == "100%"
    assert harmless("a\x00b\u202ec\x07\x1b") == "abc"
    assert harmless("one\ntwo\tthree") == "one\ntwo\tthree"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("//npm.pkg.github.com/:_authToken=abcdef", "//npm.pkg.github.com/:_authToken=***"),
        ("DB_PASSWORD='hunter22' next", "DB_PASSWORD='***' next"),
        ('{"api_key": "k-123456", "a": 1}', '{"api_key": "***", "a": 1}'),
        ("Authorization: Bearer abcdefgh.ijk", "Authorization: Bearer ***"),
        ("fetch https://builder:correct-horse@mirror/npm", "fetch https://builder:***@mirror/npm"),
        ("token ghp_" + "a1" * 18 + " leaked", "token *** leaked"),
        ("github_pat_" + "a1" * 12, "***"),
        ("xoxb-1234-abcdefgh", "***"),
        ("AKIAABCDEFGHIJKLMNOP", "***"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", "***"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "***"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk", "***"),
        ("random Ab1" + "Cd2Ef3" * 6, "random ***"),
        ("starts\nMIIEvQ\n-----END PRIVATE KEY-----\nlistening", "***\nlistening"),
        ("06:35:13 " + "Ab1/Cd2+" * 8 + "\nlistening", "06:35:13 ***\nlistening"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(line: str, shown: str) -> None:
    assert hide(line) == shown


@pytest.mark.parametrize(
    "line",
    [
        "npm ERR! code ERESOLVE",
        "sha256:9f31ab3c4e90f7d2a86c1b45e3d8f07a92b6c4e1d09f31ab3c4e90f7d2a86c1b",
        "commit 3f2a1b9c85e4d7f60a19b3c2e8d5f4a7061b9e3c",
        "/app/node_modules/@babel/core/lib/transformation/Normalize2.js",
        "#14 212.7 ✓ Compiled successfully in 35.2s",
        "3 tokens left",
        "9F31AB3C4E90F7D2A86C1B45E3D8F07A92B6C4E1D09F31AB3C4E90F7D2A86C1B",
        "/srv/app/releases/2026/NodeModules/babel/core/lib/transformation/Normalize2.js",
        "https://app.fiskai.hr:8443/api/health",
    ],
)
def test_what_helps_to_find_the_fault_stays(line: str) -> None:
    assert hide(line) == line


@given(st.text())
def test_any_log_has_an_end_of_whole_printable_lines(text: str) -> None:
    shown = tail(text, BUILD)
    assert len(shown) <= LINES
    assert not any("\n" in line or "\x1b" in line or len(line) > WIDTH for line in shown)


def test_of_several_lines_as_many_are_left() -> None:
    key = ("-----BEGIN PRIVATE KEY-----", "MIIE", "-----END PRIVATE KEY----- done")
    assert harmless_lines(["a \x1b[31mred\x1b[0m", *key, "PASSWORD=hunter22"]) == (
        "a red",
        "***",
        "",
        " done",
        "PASSWORD=***",
    )
    assert harmless_lines(["MIIE", "-----END PRIVATE KEY-----", "\x1b]0;title", "b"]) == ("***", "", "", "b")


@given(st.lists(st.text(alphabet=st.characters(exclude_characters="\n"))))
def test_any_lines_stay_as_many_as_they_were(lines: list[str]) -> None:
    assert len(harmless_lines(lines)) == len(lines)
