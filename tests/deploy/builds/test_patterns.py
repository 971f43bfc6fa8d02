"""GitHub's filter patterns, as its documentation explains them by examples."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from deploy.builds.patterns import LONGEST, TooComplex, decided, matches

FITS = {
    "*": ("README.md", "server.rb"),
    "*.jsx?": ("page.js", "page.jsx"),
    "**": ("all/the/files.md",),
    "*.js": ("app.js", "index.js"),
    "**.js": ("index.js", "js/index.js", "src/js/app.js"),
    "docs/*": ("docs/README.md", "docs/file.txt"),
    "docs/**": ("docs/README.md", "docs/mona/octocat.txt"),
    "docs/**/*.md": ("docs/README.md", "docs/mona/hello-world.md", "docs/a/markdown/file.md"),
    "**/docs/**": ("docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc"),
    "**/README.md": ("README.md", "js/README.md"),
    "**/*src/**": ("a/src/app.js", "my-src/code/js/app.js"),
    "**/*-post.md": ("my-post.md", "path/their-post.md"),
    "**/migrate-*.sql": ("migrate-10909.sql", "db/migrate-v1.0.sql", "db/sept/migrate-v1.sql"),
    "v[12].[0-9]+.[0-9]+": ("v1.10.1", "v2.0.0"),
    r"\*.md": ("*.md",),
    "releases/mona-the-octocat": ("releases/mona-the-octocat",),
}
MISSES = {
    "*": ("js/index.js",),
    "*.jsx?": ("page.jsxx", "page.xjs"),
    "*.js": ("js/index.js",),
    "docs/*": ("docs/mona/octocat.txt", "docs"),
    "docs/**": ("documents/vat.ts", "a/docs/x.md"),
    "**/README.md": ("xREADME.md", "js/README.mdx"),
    "v[12].[0-9]+.[0-9]+": ("v3.0.0", "v1..1"),
    r"\*.md": ("a.md",),
}


@pytest.mark.parametrize(("pattern", "names"), FITS.items(), ids=FITS)
def test_a_pattern_fits_what_githubs_own_examples_say(pattern: str, names: tuple[str, ...]) -> None:
    assert [name for name in names if not matches(pattern, name)] == []


@pytest.mark.parametrize(("pattern", "names"), MISSES.items(), ids=MISSES)
def test_a_pattern_does_not_fit_anything_else(pattern: str, names: tuple[str, ...]) -> None:
    assert [name for name in names if matches(pattern, name)] == []


def test_the_last_pattern_that_fits_decides() -> None:
    patterns = ("sub/**", "!sub/docs/**", "sub/docs/build.md")
    found = {
        name: decided(patterns, name) for name in ("sub/a.ts", "sub/docs/a.md", "sub/docs/build.md", "b")
    }
    assert found == {"sub/a.ts": True, "sub/docs/a.md": False, "sub/docs/build.md": True, "b": False}


def test_a_pattern_longer_than_any_sensible_one_is_not_tried() -> None:
    with pytest.raises(TooComplex):
        matches("*" * (LONGEST + 1), "a")


def test_many_wildcards_cost_no_more_than_their_number() -> None:
    """As a regular expression this one would take longer than the age of the universe."""
    assert not matches("*a" * 200, "a" * 400 + "b")


@given(st.text("ab/*?+[]!\\", max_size=12), st.text("ab/", max_size=8))
def test_no_pattern_breaks_the_reader(pattern: str, name: str) -> None:
    assert matches(pattern, name) in {True, False}
