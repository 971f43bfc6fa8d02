"""The two ways of saying the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.wording.voice import TERMINAL, Voice
from deploy.model import Actor, Commit

SLACK = Voice(slack=True, people={"marko-b": "U2"})
ANA = Commit("1" * 40, "One", "Ana", "ana-h", 1)
MARKO = Commit("2" * 40, "Two", "Marko", "marko-b", 2)
IVO = Commit("3" * 40, "Three", "", "", 3)


@given(st.text())
def test_nothing_from_outside_is_markup_in_slack(text: str) -> None:
    said = SLACK.say(text)
    assert "<" not in said
    assert ">" not in said
    assert said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


def test_commands_are_said_as_one_types_them_there() -> None:
    assert SLACK.say("`/fisk help` & more") == "`/fisk help` &amp; more"
    assert TERMINAL.say("`/fisk help` & more") == "`fisk help` & more"


def test_people_are_mentioned_in_slack_and_named_in_a_terminal() -> None:
    ana, ivo, nameless = Actor("U1", "ana"), Actor("cli:ivo", "ivo"), Actor("U9")
    assert [SLACK.person(each) for each in (ana, ivo, nameless)] == ["<@U1>", "ivo (terminal)", "<@U9>"]
    assert [TERMINAL.person(each) for each in (ana, ivo, nameless)] == ["@ana", "ivo (terminal)", "@U9"]


def test_authors_are_each_named_once_and_mentioned_where_they_are_known() -> None:
    assert SLACK.authors((ANA, MARKO, ANA, IVO)) == "Ana, <@U2> and somebody"
    assert TERMINAL.authors((ANA, MARKO)) == "Ana and Marko"
    assert TERMINAL.authors((ANA,)) == "Ana"
    assert TERMINAL.authors(()) == ""
