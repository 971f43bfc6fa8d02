"""All workflow files of a repository, as GitHub has them on the branch that is deployed from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.together import together
from deploy.doctor.workflows.model import Workflow
from deploy.doctor.workflows.process import Reading

if TYPE_CHECKING:
    from deploy.systems.github import GitHub

FOLDER = ".github/workflows"
WITHOUT_TEXT = "GitHub gives no text of it"


async def workflows_of(github: GitHub, files: Callable[[], Awaitable[Iterable[str]]]) -> tuple[Workflow, ...]:
    """Those among the files in FOLDER. The process that reads them starts while GitHub is asked for their texts."""

    async def text(path: str) -> str | None:
        """A file's text; None where there is no such file, or GitHub leaves its text out."""
        try:
            return await github.text(path)
        except (errors.NotThere, errors.Unexpected):
            return None

    if not (paths := [path for path in await files() if path.endswith((".yml", ".yaml"))]):
        return ()
    async with Reading(github.repository, github.branch) as reading:
        texts = await together(*map(text, paths))
        found = {path: each for path, each in zip(paths, texts, strict=True) if each is not None}
        read = {each.path: each for each in await reading.all(found, text)}
    return tuple(read.get(path) or Workflow(path, unread=WITHOUT_TEXT) for path in paths)
