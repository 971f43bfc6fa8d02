"""What is long has a short form in a message, and a link where its page is known."""

from __future__ import annotations

import pytest

from bot.words.format import TERMINAL, Format
from bot.words.links import Links, link, origin, repository_page

PAGE = "https://github.com/o/r"
COOLIFY = "https://coolify.example.com"
SLACK = Format(slack=True, links=Links(PAGE, COOLIFY))
SHA = "3f2a1b9" + "0" * 33
ID = "86sdcuaa2863ba91wdxccvwd"
DEPLOYMENT = f"/project/p0gs/environment/e8ck/application/a4ck/deployment/{ID}"


def test_a_commit_is_a_link_to_its_page_and_short_in_a_terminal() -> None:
    assert SLACK.escape(f"app runs {SHA}.") == f"app runs <{PAGE}/commit/{SHA}|3f2a1b9>."
    assert SLACK.escape("(was a4c9e1f)") == f"(was <{PAGE}/commit/a4c9e1f|a4c9e1f>)"
    assert TERMINAL.escape(f"app runs {SHA}.") == "app runs 3f2a1b9."


def test_a_deployment_of_coolifys_is_a_link_to_its_page_and_short_in_a_terminal() -> None:
    told = f"deployment {DEPLOYMENT} is queued"
    assert SLACK.escape(told) == f"deployment <{COOLIFY}{DEPLOYMENT}|86sdcuaa> is queued"
    assert TERMINAL.escape(told) == "deployment 86sdcuaa… is queued"


def test_coolifys_pages_are_where_it_is_asked_without_what_is_behind_that() -> None:
    assert origin("https://fisk:secret@coolify.example.com:8443/api/") == "https://coolify.example.com:8443"


def test_an_id_of_coolifys_alone_is_short_and_no_link() -> None:
    assert [fmt.escape(f"deployment {ID} is queued") for fmt in (SLACK, TERMINAL)] == [
        "deployment 86sdcuaa… is queued"
    ] * 2


@pytest.mark.parametrize(
    "text",
    [
        f"set the tag to `{SHA}` in Coolify",
        "`/fisk deploy 3f2a1b9`",
        f"https://github.com/o/r/commit/{SHA}",
        "1234567 defaced",
        "sha256:9f31ab3c4e90…",
        "fiskai-worker-86sdcuaa2863ba91wdxccvwd",
        f"https://elsewhere.example.com{DEPLOYMENT}",
        f"`{DEPLOYMENT}`",
        "/project/x/../deployment/1",
    ],
)
def test_code_addresses_numbers_and_words_stay_as_they_are(text: str) -> None:
    assert SLACK.escape(text) == text


def test_a_page_is_a_link_in_slack_and_an_address_only_where_it_must_be_typed() -> None:
    page = SLACK.links.compared("a4c9e1f", "3f2a1b9")
    assert SLACK.page("3 commits", page) == f"<{PAGE}/compare/a4c9e1f...3f2a1b9|3 commits>"
    assert TERMINAL.page("3 commits", page) == "3 commits"
    assert (SLACK.address("Run 7", "https://gh/7?a&b"), TERMINAL.address("Run 7", "https://gh/7")) == (
        "<https://gh/7?a&amp;b|Run 7>",
        "https://gh/7",
    )


@pytest.mark.parametrize("page", ["", "javascript:alert", "https://gh/7|x> <!channel", "https://gh/ 7"])
def test_what_is_no_page_is_no_link(page: str) -> None:
    assert link("Run 7", page) == "Run 7"


@pytest.mark.parametrize(
    ("api", "page"),
    [
        ("https://api.github.com", "https://github.com/o/r"),
        ("https://github.example.com/api/v3", "https://github.example.com/o/r"),
    ],
)
def test_a_repository_has_its_page_beside_the_api(api: str, page: str) -> None:
    assert (repository_page(api, "o/r"), repository_page(api, "")) == (page, "")
