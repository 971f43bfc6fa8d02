"""Whether the `migrations` of a target are any, for `fisk check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.units import plural
from deploy.deploys.migrations import NotListed, matching

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.systems.github import GitHub

UNSEEN = "a way back over such files would not be seen; look at `migrations` of {} in fisk.toml"


async def migrations(target: Target, github: GitHub) -> str:
    """How many files they are at the head of the branch; a pattern that fits none is a warning."""
    tree = await github.tree()
    try:
        found = [(each, sum(matching((each,), tree.files))) for each in _patterns(target)]
    except NotListed as reason:
        return f"not known: {reason}"
    idle = [f"`{each}`" for each, count in found if not count]
    if idle and tree.truncated:
        return f"not known: {github.branch} has more files than GitHub lists"
    if idle:
        verb = "matches" if len(idle) == 1 else "match"
        return f"{' and '.join(idle)} {verb} nothing on {github.branch}: {UNSEEN.format(target.name)}"
    return f"{plural(sum(matching(target.migrations, tree.files)), 'file')} on {github.branch}"


def _patterns(target: Target) -> tuple[str, ...]:
    """Those that take files, and not those that give some back."""
    return tuple(each for each in target.migrations if not each.startswith("!"))
