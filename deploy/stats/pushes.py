"""When a commit came to the branch that is deployed from. Pure.

Git's own times say when a commit was made, which may be days before it was pushed. GitHub's list of pushes says when:
a commit came with the earliest push that ended in it or in a later one. Where GitHub does not tell pushes, the first
attempt of the run that a push began says it for the commit that the push ended in, and for no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.core.github_model import Build, Commit, Push

Parents = Mapping[str, Sequence[str]]


def by_pushes(commits: Iterable[Commit], pushes: Sequence[Push]) -> dict[str, float]:
    """When each commit was pushed; those from before the first push that is listed are left out."""
    parents = {commit.sha: commit.parents for commit in commits}
    oldest_first = sorted(pushes, key=lambda push: push.at)
    before = set(_line(oldest_first[0].before, parents, ())) if oldest_first else set()
    found: dict[str, float] = {}
    for push in oldest_first:
        found |= dict.fromkeys(_line(push.after, parents, {*found, *before}), push.at)
    return found


def _line(head: str, parents: Parents, known: Iterable[str]) -> Iterator[str]:
    """The commits that a head brings, as far as their parents are known, without those that are there."""
    seen, left = set(known), [head]
    while left:
        sha = left.pop()
        if sha in parents and sha not in seen:
            seen.add(sha)
            yield sha
            left += parents[sha]


def by_runs(builds: Iterable[Build]) -> dict[str, float]:
    """When the run began that a push of each commit started; a rerun says no more when."""
    return {each.sha: each.started for each in builds if each.event == "push" and each.attempt == 1}
