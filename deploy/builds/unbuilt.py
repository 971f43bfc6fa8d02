"""Why a commit has no build of its own, by what GitHub and the workflow file at that commit say; never a guess."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from deploy.builds.filters import Unreadable, read
from deploy.core import errors
from deploy.core.ask import Unknown, ask
from deploy.core.model import Target, short
from deploy.core.together import together
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.github_model import Commit, Comparison, Push
    from deploy.world import World

GITHUB = "GitHub"
NEWEST = 100  # commits and pushes of the branch that are looked through


@dataclass(frozen=True, slots=True)
class Unbuilt:
    """`why` goes on after the commit's name: "says [skip ci]"; without one, `unknown` says why that is not known.

    `pushed_with` is the commit that was built in its place, the last one of its push.
    """

    why: str = ""
    unknown: str = ""
    pushed_with: str = ""


async def why_unbuilt(
    world: World, target: Target, commit: Commit, to_branch: Comparison | Unknown | None = None
) -> Unbuilt:
    """Why GitHub lists no build of a commit. Raises no SystemFailure: what does not answer makes it unknown.

    Args:
        world: where.
        target: whose workflow it is.
        commit: with its files.
        to_branch: the branch seen from the commit, where that is at hand.
    """
    if commit.skips:
        return Unbuilt(f"says `{commit.skips}`")
    github = world.systems.github
    if to_branch is None:
        to_branch = await ask(GITHUB, github.compare(commit.sha, github.branch))
    if isinstance(to_branch, Unknown):
        return Unbuilt(unknown=to_branch.why.rstrip("."))
    if to_branch.status not in {"ahead", "identical"}:
        return Unbuilt(unknown=f"it is not on {github.branch}")
    filtered, pushed = await together(_filtered(world, target, commit), _pushed(world, commit))
    found = next((each for each in (filtered, pushed) if each.why), None)
    return found or Unbuilt(unknown=filtered.unknown or pushed.unknown)


async def _filtered(world: World, target: Target, commit: Commit) -> Unbuilt:
    """What the workflow's own filters make of the commit's files."""
    path = f".github/workflows/{target.workflow}"
    try:
        text = await ask(GITHUB, _text(world, path, commit.sha))
        if isinstance(text, Unknown):
            return Unbuilt(unknown=text.why.rstrip("."))
        if text is None:
            return Unbuilt(f"has no {path}")
        branch = world.systems.github.branch
        return Unbuilt(await asyncio.to_thread(_left_out, text, target.workflow, branch, commit.files))
    except Unreadable as reason:
        return Unbuilt(unknown=f"{target.workflow} at that commit cannot be read: {reason}")


def _left_out(text: str, workflow: str, branch: str, files: Sequence[str]) -> str:
    """Apart from the event loop: a file may be large."""
    return read(text).left_out(workflow, branch, files)


async def _text(world: World, path: str, sha: str) -> str | None:
    try:
        return await world.systems.github.text(path, sha)
    except errors.NotThere:
        return None


async def _pushed(world: World, commit: Commit) -> Unbuilt:
    """Whether it came with later commits in one push, of which GitHub builds only the last."""
    github = world.systems.github
    pushes, commits = await together(
        ask(GITHUB, github.pushes(github.branch)), ask(GITHUB, github.ancestors(github.branch, NEWEST))
    )
    if isinstance(pushes, Unknown) or isinstance(commits, Unknown):
        missing = next(each for each in (pushes, commits) if isinstance(each, Unknown))
        return Unbuilt(unknown=missing.why.rstrip("."))
    return _of_push(pushes, commits, commit.sha)


def _of_push(pushes: Sequence[Push], commits: Iterable[Commit], sha: str) -> Unbuilt:
    if any(push.after == sha for push in pushes):
        return Unbuilt(unknown="a push of it should have started one: its run may have been deleted")
    later = descendants(commits, sha)
    last = next((push.after for push in reversed(pushes) if push.after in later), "")
    if not last:
        return Unbuilt(unknown="GitHub does not say how it was pushed")
    why = f"was pushed together with {short(last)}, and GitHub builds only the last commit of a push"
    return Unbuilt(why, pushed_with=last)


def descendants(commits: Iterable[Commit], sha: str) -> frozenset[str]:
    """Those of these commits (newest first) that have it among their ancestors."""
    found = {sha}
    for commit in reversed(tuple(commits)):
        if found & set(commit.parents):
            found.add(commit.sha)
    return frozenset(found - {sha})
