"""Links and anchors lead to the same place on GitHub and in the site."""

from __future__ import annotations

import pytest

from manual.links import slug, within_site


@pytest.mark.parametrize(
    ("source", "page", "link", "expected"),
    [
        ("README.md", "index.md", "docs/guide.md", "guide.md"),
        ("README.md", "index.md", "docs/pictures/page.png", "pictures/page.png"),
        ("README.md", "index.md", "SECURITY.md#who", "SECURITY.md#who"),
        ("docs/operations.md", "operations.md", "../SECURITY.md", "SECURITY.md"),
        ("docs/guide/env.md", "guide/env.md", "../../README.md", "../index.md"),
        (
            "docs/guide/env.md",
            "guide/env.md",
            "../ssh.md#the-locked-down-key",
            "../ssh.md#the-locked-down-key",
        ),
        ("docs/guide/env.md", "guide/env.md", "#env-undo-id", "#env-undo-id"),
        ("docs/guide/env.md", "guide/env.md", "https://example.org/a", "https://example.org/a"),
    ],
)
def test_a_link_leads_to_the_page_of_the_site(source: str, page: str, link: str, expected: str) -> None:
    assert within_site(f"see [it]({link}).", source, page) == f"see [it]({expected})."


def test_so_does_the_address_of_a_picture_that_is_written_in_html() -> None:
    picture = '<img src="docs/pictures/phone.png" alt="A deploy">'
    assert within_site(picture, "README.md", "index.md") == picture.replace("docs/", "")


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("“Could not put … back”", "could-not-put--back"),
        ("--json and exit statuses", "--json-and-exit-statuses"),
        ("rollback [TARGET] [SHA] [--force]", "rollback-target-sha---force"),
    ],
)
def test_an_anchor_is_githubs(heading: str, expected: str) -> None:
    assert slug(heading, "-") == expected
