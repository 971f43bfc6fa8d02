"""The story's commits as a git history: refs, ancestors, comparisons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.story import StoryCommit

PREFIX = re.compile(r"[0-9a-f]{4,40}")


class NoCommit(Exception):
    """A ref that matches no commit, or several ones (then `several`)."""

    def __init__(self, *, several: bool = False) -> None:
        super().__init__()
        self.several = several


@dataclass(frozen=True, slots=True)
class Push:
    """One push to a branch: it may bring several commits, of which GitHub builds only the last, `after`."""

    branch: str
    before: str
    after: str
    at: float


@dataclass(frozen=True, slots=True)
class PullRequest:
    """GitHub gives an open one a `merge_commit`, too: of the merge that it tried."""

    number: int
    title: str
    merge_commit: str
    base: str = "main"
    merged: bool = True


@dataclass(frozen=True, slots=True)
class Compared:
    """`ahead` are the commits that the head has and the base lacks, oldest first; `behind` the other way."""

    base: StoryCommit
    fork: StoryCommit
    ahead: tuple[StoryCommit, ...]
    behind: tuple[StoryCommit, ...]

    @property
    def status(self) -> str:
        if self.ahead and self.behind:
            return "diverged"
        return "ahead" if self.ahead else "behind" if self.behind else "identical"


class History:
    def __init__(self, commits: Mapping[str, StoryCommit], heads: Mapping[str, str]) -> None:
        self.commits, self.heads = dict(commits), dict(heads)
        self.pulls: dict[int, PullRequest] = {}
        self.pushes = [Push(each.branch, each.parent, each.sha, each.at) for each in commits.values()]

    def push(self, *commits: StoryCommit) -> None:
        """Add commits, oldest first, by one push to the branch of the last, which becomes its head."""
        self.commits |= {commit.sha: commit for commit in commits}
        last = commits[-1]
        self.pushes.append(Push(last.branch, commits[0].parent, last.sha, last.at))
        self.heads[last.branch] = last.sha

    def find(self, ref: str) -> StoryCommit:
        """A commit by branch, sha or sha prefix. Raises NoCommit."""
        name = ref.removeprefix("refs/").removeprefix("heads/")
        if name in self.heads:
            return self.commits[self.heads[name]]
        prefix = ref.lower()
        found = [sha for sha in self.commits if sha.startswith(prefix)] if PREFIX.fullmatch(prefix) else []
        if len(found) != 1:
            raise NoCommit(several=len(found) > 1)
        return self.commits[found[0]]

    def ancestors(self, commit: StoryCommit) -> list[StoryCommit]:
        """The commit and its ancestors, newest first."""
        line = [commit]
        while line[-1].parent:
            line.append(self.commits[line[-1].parent])
        return line

    def compare(self, base: StoryCommit, head: StoryCommit) -> Compared:
        ours, theirs = self.ancestors(head), self.ancestors(base)
        fork = next(commit for commit in ours if commit in theirs)
        ahead = tuple(reversed(ours[: ours.index(fork)]))
        behind = tuple(reversed(theirs[: theirs.index(fork)]))
        return Compared(base, fork, ahead, behind)
