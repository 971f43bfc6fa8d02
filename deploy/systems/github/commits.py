"""Commits, and how they lie to one another."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from deploy.core.errors import CommitNotFound
from deploy.core.github_model import Commit, Comparison, Push
from deploy.core.json_fields import read
from deploy.systems.github.base import NAME, PAGE, Api

if TYPE_CHECKING:
    from deploy.systems.github.base import Params

# An unknown ref is a 404, an ambiguous one a 422, and a commit of an empty repository a 409.
NO_SUCH_COMMIT = (404, 409, 422)


class Commits(Api):
    """What git knows."""

    async def commit(self, ref: str) -> Commit:
        """The one commit that `ref` (a branch, or any prefix of a sha) names, with the files it changed.

        Raises:
            CommitNotFound: it is unknown or ambiguous; GitHub does not say which.
        """
        if ref in {"", ".", ".."}:
            raise CommitNotFound(ref=ref, repository=self.repository)
        return read(NAME, Commit, await self._commits(f"/commits/{quote(ref, safe='')}", ref))

    async def ancestors(self, sha: str, limit: int = 50) -> tuple[Commit, ...]:
        """`sha` and what came before it, newest first, at most `limit` (and 100); without their files.

        Raises:
            CommitNotFound: there is no such commit.
        """
        params: Params = {"sha": sha, "per_page": min(limit, PAGE)}
        return read(NAME, tuple[Commit, ...], await self._commits("/commits", sha, params))

    async def compare(self, base: str, head: str) -> Comparison:
        """`head` seen from `base`. GitHub lists the newest 250 commits at most; the counts stay true.

        Raises:
            CommitNotFound: one of the two is unknown.
        """
        path = f"/compare/{quote(base, safe='')}...{quote(head, safe='')}"
        return read(NAME, Comparison, await self._commits(path, f"{base}...{head}"))

    async def pushes(self, branch: str) -> tuple[Push, ...]:
        """The newest hundred pushes to a branch, newest first; a push may bring several commits."""
        params: Params = {"ref": f"refs/heads/{branch}", "per_page": PAGE}
        answer = await self._read("/activity", params, what=f"branch {branch}")
        return read(NAME, tuple[Push, ...], answer)

    async def _commits(self, path: str, ref: str, params: Params = MappingProxyType({})) -> Any:
        answer = await self._get(path, params, accept=NO_SUCH_COMMIT, what=f"commit {ref}")
        if answer is None:
            raise CommitNotFound(ref=ref, repository=self.repository)
        return answer
