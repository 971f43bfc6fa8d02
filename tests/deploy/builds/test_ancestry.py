"""By how many commits something is behind a branch, as far as the listed commits show."""

from __future__ import annotations

from deploy.builds.ancestry import behind
from deploy.core.model import Commit


def commits(**parents: str) -> tuple[Commit, ...]:
    """Newest first; each with its parents' names."""
    return tuple(Commit(sha, "", "", "", 0, parents=tuple(names.split())) for sha, names in parents.items())


LINE = commits(d="c", c="b", b="a", a="older")


def test_on_a_straight_line_the_place_is_the_distance() -> None:
    assert [behind(LINE, sha) for sha in "dcba"] == [0, 1, 2, 3]


def test_what_a_merge_brought_counts_although_it_is_older() -> None:
    """`x` was written before `b` and merged after it, so whoever runs `b` lacks it."""
    merged = commits(m="c x", c="b", b="a", x="a", a="older")
    assert {sha: behind(merged, sha) for sha in "mcbxa"} == {"m": 0, "c": 2, "b": 3, "x": 3, "a": 4}


def test_what_is_not_in_the_list_is_not_known() -> None:
    assert behind(LINE, "elsewhere") is None
    assert behind((), "a") is None
