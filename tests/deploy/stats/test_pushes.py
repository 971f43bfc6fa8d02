"""When a commit came to the branch."""

from __future__ import annotations

from deploy.core.github_model import Build, Commit, Push
from deploy.stats.pushes import by_pushes, by_runs


def commit(sha: str, *parents: str) -> Commit:
    return Commit(sha, "", "", "", 1, parents=parents)


LINE = (commit("a", "0"), commit("b", "a"), commit("c", "b"), commit("d", "c"))


def test_a_commit_came_with_the_push_that_ended_in_it_or_in_a_later_one() -> None:
    pushes = (Push("c", "d", 300), Push("0", "c", 200))
    assert by_pushes(LINE, pushes) == {"a": 200, "b": 200, "c": 200, "d": 300}


def test_what_a_merge_brings_came_with_the_merge() -> None:
    """Though it was made before what was pushed meanwhile."""
    merged = (commit("side", "0"), commit("a", "0"), commit("merge", "a", "side"))
    pushes = (Push("0", "a", 100), Push("a", "merge", 200))
    assert by_pushes(merged, pushes) == {"a": 100, "merge": 200, "side": 200}


def test_what_was_pushed_before_the_first_push_that_is_listed_is_not_known() -> None:
    assert by_pushes(LINE, (Push("b", "d", 300),)) == {"c": 300, "d": 300}
    assert by_pushes(LINE, ()) == {}


def test_a_push_by_force_brings_only_what_was_not_there() -> None:
    pushes = (Push("0", "b", 100), Push("b", "c", 200), Push("c", "c2", 300))
    assert by_pushes((*LINE, commit("c2", "b")), pushes) == {"a": 100, "b": 100, "c": 200, "c2": 300}


def test_without_pushes_a_run_says_it_for_the_commit_that_a_push_ended_in() -> None:
    def build(sha: str, event: str, attempt: int) -> Build:
        return Build(1, sha, "main", event, "completed", "success", attempt, 100, 900, "")

    runs = [build("a", "push", 1), build("b", "push", 2), build("c", "workflow_dispatch", 1)]
    assert by_runs(runs) == {"a": 100}
