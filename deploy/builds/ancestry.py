"""The order of commits in a list of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.core.github_model import Commit


def behind(commits: Sequence[Commit], sha: str) -> int | None:
    """How many of these commits (a branch, newest first) `sha` lacks; None where it is not among them."""
    parents = {commit.sha: commit.parents for commit in commits}
    if sha not in parents:
        return None
    had, ahead = set(), [sha]
    while ahead:
        at = ahead.pop()
        if at in parents and at not in had:
            had.add(at)
            ahead.extend(parents[at])
    return len(commits) - len(had)
