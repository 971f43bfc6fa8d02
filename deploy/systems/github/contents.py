"""The repository's files, as they are at a commit, by default at the head of the branch that is deployed from."""

from __future__ import annotations

from base64 import b64decode
from urllib.parse import quote

from deploy.core.errors import NotThere, Unexpected
from deploy.core.github_model import File, Listed, Tree
from deploy.systems.github.base import NAME, Api, T


class Contents(Api):
    """Files by their paths. Every method may raise any SystemFailure."""

    async def files(self, folder: str) -> tuple[str, ...]:
        """The paths of the files in a folder, not in those below; none where there is no such folder."""
        try:
            listed = await self._contents(tuple[Listed, ...], folder)
        except NotThere:
            return ()
        return tuple(each.path for each in listed if each.type == "file")

    async def tree(self) -> Tree:
        """All that the branch has at its head."""
        path = f"/git/trees/{quote(self.branch, safe='')}"
        return await self._read(Tree, path, {"recursive": 1}, what=f"the files of {self.branch}")

    async def text(self, path: str, at: str = "") -> str:
        """A file's text, up to a megabyte: GitHub leaves larger ones out. `at` is a commit or a branch.

        Raises:
            NotThere: there is no such file.
        """
        file = await self._contents(File, path, at)
        if file.encoding != "base64":
            raise Unexpected(system=NAME, why=f"{path} comes without its text")
        try:
            return b64decode(file.content).decode("utf-8", "replace")
        except ValueError:
            raise Unexpected(system=NAME, why=f"{path} is no base64") from None

    async def _contents(self, kind: type[T], path: str, at: str = "") -> T:
        ref = at or self.branch
        return await self._read(kind, f"/contents/{quote(path)}", {"ref": ref}, what=f"{path} on {ref}")
