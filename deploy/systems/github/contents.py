"""The repository's files, as they are at a commit, by default at the head of the branch that is deployed from."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING
from urllib.parse import quote

from deploy.core.errors import NotThere
from deploy.systems.github.base import NAME, Api
from deploy.systems.json_fields import Fields

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
        listed = Fields(NAME, "answer", {"files": answer}).required_parts("files", "file")
        return tuple(each.required_text("path") for each in listed if each.text("type") == "file")

    async def text(self, path: str, at: str = "") -> str:
        """A file's text, up to a megabyte: GitHub leaves larger ones out. `at` is a commit or a branch.

        Raises:
            NotThere: there is no such file.
        """
        file = Fields(NAME, "file", await self._contents(path, at))
        if file.text("encoding") != "base64":
            raise file.unexpected(f"{path} comes without its text")
        try:
            return b64decode(file.text("content")).decode("utf-8", "replace")
        except ValueError:
            raise file.unexpected(f"{path} is no base64") from None

    async def _contents(self, path: str, at: str = "") -> object:
        ref = at or self.branch
        params: Params = {"ref": ref}
        return await self._read(f"/contents/{quote(path)}", params, what=f"{path} on {ref}")
