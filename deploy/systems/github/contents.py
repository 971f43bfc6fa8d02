"""The repository's files, as they are at a commit, by default at the head of the branch that is deployed from."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING
from urllib.parse import quote

from deploy.core.errors import NotThere, Unexpected
from deploy.core.github_model import File, Listed
from deploy.core.json_fields import read
from deploy.systems.github.base import NAME, Api

if TYPE_CHECKING:
    from deploy.systems.github.base import Params


class Contents(Api):
    """Files by their paths. Every method may raise any SystemFailure."""

    async def files(self, folder: str) -> tuple[str, ...]:
        """The paths of the files in a folder, not in those below; none where there is no such folder."""
        try:
            answer = await self._contents(folder)
        except NotThere:
            return ()
        return tuple(each.path for each in read(NAME, tuple[Listed, ...], answer) if each.type == "file")

    async def text(self, path: str, at: str = "") -> str:
        """A file's text, up to a megabyte: GitHub leaves larger ones out. `at` is a commit or a branch.

        Raises:
            NotThere: there is no such file.
        """
        file = read(NAME, File, await self._contents(path, at))
        if file.encoding != "base64":
            raise Unexpected(system=NAME, why=f"{path} comes without its text")
        try:
            return b64decode(file.content).decode("utf-8", "replace")
        except ValueError:
            raise Unexpected(system=NAME, why=f"{path} is no base64") from None

    async def _contents(self, path: str, at: str = "") -> object:
        ref = at or self.branch
        params: Params = {"ref": ref}
        return await self._read(f"/contents/{quote(path)}", params, what=f"{path} on {ref}")
