"""The output formats for Slack and for terminals."""

from __future__ import annotations

import html
import time
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from bot.words.format import TERMINAL, Format, bar
from deploy.core.model import Actor, Commit
from deploy.core.units import instant
from deploy.core.visible import visible
from sandbox.slack.mrkdwn import plain
from sandbox.slack.workspace import Workspace

SLACK = Format(slack=True, people={"marko-b": "U2"})
WORKSPACE = Workspace()
ANA = Commit("1" * 40, "One", "Ana", "ana-h", 1)
MARKO = Commit("2" * 40, "Two", "Marko", "marko-b", 2)
IVO = Commit("3" * 40, "Three", "", "", 3)


@given(st.text())
def test_nothing_from_outside_is_markup_in_slack(text: str) -> None:
    said = SLACK.escape(text)
    assert "<" not in said
    assert ">" not in said
    assert len(html.unescape(said)) == len(visible(text))


@given(st.text(alphabet="*_~`>a1- \n"))
def test_nothing_from_outside_is_bold_italic_struck_quoted_or_half_of_code_in_slack(text: str) -> None:
    said = SLACK.escape(text)
    assert plain(WORKSPACE, said) == html.unescape(said)
    assert [line for line in said.split("\n") if line.startswith("&gt;") or line.count("`") % 2] == []


@pytest.mark.parametrize(
    ("title", "literal"),
    [
        ("*Approved* by _ana_, ~not~", "\u2217Approved* by \uff3fana_, \u223cnot~"),
        ("Rename __init__ to `main`", "Rename \uff3f\uff3finit__ to 'main'"),
        ("snake_case, 2*3*4 and a~b stay", "snake_case, 2*3*4 and a~b stay"),
        ("> quoted\nand ``` more", "\u203a quoted and ''' more"),
        ("a\u200bb\u202ec\U000e0041d\ufeff", "abcd"),
    ],
)
def test_a_title_is_shown_as_it_was_written(title: str, literal: str) -> None:
    assert SLACK.escape(SLACK.literal(title)) == literal
    assert TERMINAL.escape(TERMINAL.literal(title)) == " ".join(visible(title).split())


def test_code_stays_as_it_is() -> None:
    assert SLACK.escape("type `/fisk deploy _x_` *now*") == "type `/fisk deploy _x_` \u2217now*"
    assert SLACK.code("*a*\n> b") == "```\n*a*\n&gt; b\n```"


def test_a_time_in_a_sentence_is_the_readers_own(monkeypatch: pytest.MonkeyPatch) -> None:
    told = f"held since {instant(1_700_000_000)}, as `2023-11-14T22:13Z` says; 2023-99-99T99:99Z is none"
    shown = "held since {}, as `2023-11-14T22:13Z` says; 2023-99-99T99:99Z is none"
    slacks = "<!date^1699999980^{date_short_pretty} {time}|14 Nov 22:13 UTC>"
    assert (SLACK.escape(told), SLACK.plain(told)) == (shown.format(slacks), shown.format("14 Nov 22:13 UTC"))
    monkeypatch.setenv("TZ", "Europe/Zagreb")
    time.tzset()
    try:
        assert TERMINAL.escape(told) == shown.format("14 Nov 23:13 CET")
        assert (TERMINAL.clock(1_700_000_000), TERMINAL.second(1_700_000_000)) == (
            "23:13 CET",
            "14 Nov 23:13:20 CET",
        )
    finally:
        monkeypatch.undo()
        time.tzset()


def test_an_id_that_is_none_mentions_nobody() -> None:
    assert SLACK.person(Actor("Z1", "ana")) == "@ana"
    assert SLACK.entry("U1> <!channel") == "U1&gt; &lt;!channel"
    assert SLACK.channel("C1> <!here") == "C1&gt; &lt;!here"


@given(st.text())
def test_nothing_from_outside_is_obeyed_by_a_terminal(text: str) -> None:
    said = TERMINAL.escape(text) + TERMINAL.code(text)
    assert [each for each in said if unicodedata.category(each) == "Cc" and each not in "\n\t"] == []


def test_what_a_terminal_would_obey_is_left_out_and_the_rest_stays() -> None:
    title = "Round\tVAT \x1b]52;c;cm0gLXJm\x07\x9b2K\rDeploy\u202eed\nper line\x7f\u2069"
    assert [fmt.escape(title) for fmt in (SLACK, TERMINAL)] == [
        "Round\tVAT ]52;c;cm0gLXJm2KDeployed\nper line"
    ] * 2
    assert TERMINAL.code(title) == "    Round\tVAT ]52;c;cm0gLXJm2KDeployed\n    per line"
    assert SLACK.code(title) == "```\nRound\tVAT ]52;c;cm0gLXJm2KDeployed\nper line\n```"


def test_commands_are_said_as_one_types_them_there() -> None:
    assert SLACK.escape("`/fisk help` & more") == "`/fisk help` &amp; more"
    assert TERMINAL.escape("`/fisk help` & more") == "`fisk help` & more"


def test_people_are_mentioned_in_slack_and_named_in_a_terminal() -> None:
    ana, ivo, nameless = Actor("U1", "ana"), Actor("cli:ivo", "ivo"), Actor("U9")
    assert [SLACK.person(each) for each in (ana, ivo, nameless)] == ["<@U1>", "ivo (terminal)", "<@U9>"]
    assert [TERMINAL.person(each) for each in (ana, ivo, nameless)] == ["@ana", "ivo (terminal)", "@U9"]


def test_authors_are_each_named_once_and_mentioned_where_the_channel_wants_it() -> None:
    wanted = replace(SLACK, mentioning=frozenset({"C1"}))
    assert [wanted.at(channel).authors((ANA, MARKO, ANA, IVO)) for channel in ("C1", "C2")] == [
        "Ana, <@U2> and somebody",
        "Ana, Marko and somebody",
    ]
    assert SLACK.authors((MARKO,)) == "Marko"
    assert TERMINAL.authors((ANA, MARKO)) == "Ana and Marko"
    assert TERMINAL.authors((ANA,)) == "Ana"
    assert TERMINAL.authors(()) == ""


def test_a_path_that_ends_in_fisk_is_no_line() -> None:
    text = "cd /opt/fisk && ls, then `/fisk locks`"
    assert TERMINAL.plain(text) == "cd /opt/fisk && ls, then `fisk locks`"


@pytest.mark.parametrize(
    ("share", "drawn"),
    [(-1, "▱▱▱▱▱"), (0, "▱▱▱▱▱"), (0.35, "▰▰▱▱▱"), (0.99, "▰▰▰▰▱"), (1, "▰▰▰▰▰"), (7, "▰▰▰▰▰")],
)
def test_a_bar_is_full_only_at_the_end(share: float, drawn: str) -> None:
    assert bar(share) == drawn
