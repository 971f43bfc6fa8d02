"""The mark of a build that fisk starts: its operation's id, an input that the run's title shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploy.builds.filters import Unreadable, inputs
from deploy.core import errors

if TYPE_CHECKING:
    from deploy.core.github_model import Build
    from deploy.world import World

INPUT = "fisk"
# GitHub shows a run's inputs nowhere in its API, but its title, which may be made of them.
TITLE = re.compile(r"^run-name:.*\binputs\.fisk\b", re.MULTILINE)


def takes_mark(text: str) -> bool:
    """Whether a workflow file takes the id as an input and shows it in the title of its runs. Pure."""
    try:
        return INPUT in inputs(text) and bool(TITLE.search(text))
    except Unreadable:
        return False


async def is_marked(world: World, workflow: str, sha: str) -> bool:
    """Whether a workflow marks its builds, as of a commit. Raises SystemFailure."""
    try:
        return takes_mark(await world.systems.github.text(f".github/workflows/{workflow}", at=sha))
    except errors.NotThere:
        return False


def bears(build: Build, mark: str) -> bool:
    return mark in build.title.split()
