"""Commits, and how they lie to one another."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from deploy.core.errors import CommitNotFound, MissingAbility, NotThere
from deploy.core.github_model import Commit, Comparison, Pull, Push
from deploy.core.rights import HELD, MISSING, Right
from deploy.systems.github.base import PAGE, Api, Params, T

# An unknown ref is a 404, an ambiguous one a 422, and a commit of an empty repository a 409.
NO_SUCH_COMMIT = (409, 422)


class Commits(Api):
    """What git knows."""

    async def commit(self, ref: str) -> Commit:
        """The one commit that `ref` (a branch, or any prefix of a sha) names, with the files it changed.

        Raises:
            CommitNotFound: it is unknown or ambiguous; GitHub does not say which.
        """
        if ref in {"", ".", ".."}:
            raise CommitNotFound(ref=ref, repository=self.repository)
        return await self._commits(Commit, f"/commits/{quote(ref, safe='')}", ref)

    async def ancestors(self, sha: str, limit: int = 50) -> tuple[Commit, ...]:
        """`sha` and what came before it, newest first, at most `limit` (and 100); without their files.

        Raises:
            CommitNotFound: there is no such commit.
        """
        params: Params = {"sha": sha, "per_page": min(limit, PAGE)}
        return await self._commits(tuple[Commit, ...], "/commits", sha, params)

    async def compare(self, base: str, head: str) -> Comparison:
        """`head` seen from `base`. GitHub lists the newest 250 commits at most; the counts stay true.

        Raises:
            CommitNotFound: one of the two is unknown.
        """
        path = f"/compare/{quote(base, safe='')}...{quote(head, safe='')}"
        return await self._commits(Comparison, path, f"{base}...{head}")

    async def pull(self, number: int) -> Pull:
        """A pull request. Raises NotThere."""
        return await self._read(Pull, f"/pulls/{number}", what=f"pull request #{number}")

    async def may_see_pulls(self) -> Right:
        """Whether the token may read pull requests: GitHub says 403, or 404 as if the repository were not there."""
        try:
            await self._read(tuple[dict[str, Any], ...], "/pulls", {"per_page": 1}, what="pull requests")
        except (MissingAbility, NotThere):
            return MISSING
        return HELD

    async def pushes(self, branch: str) -> tuple[Push, ...]:
        """The newest hundred pushes to a branch, newest first; a push may bring several commits."""
        params: Params = {"ref": f"refs/heads/{branch}", "per_page": PAGE}
        return await self._read(tuple[Push, ...], "/activity", params, what=f"branch {branch}")

    async def _commits(self, kind: type[T], path: str, ref: str, params: Params = MappingProxyType({})) -> T:
        try:
            return await self._read(kind, path, params, what=f"commit {ref}", unknown=NO_SUCH_COMMIT)
        except NotThere:
            raise CommitNotFound(ref=ref, repository=self.repository) from None
