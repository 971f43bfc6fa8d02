"""The nearest commit that was built, for whoever asked for one that was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.builds.fit import fit
from deploy.core.together import together

if TYPE_CHECKING:
    from deploy.core.github_model import Commit
    from deploy.core.model import Target
    from deploy.world import World

NEAR = 50  # how many commits back it is looked for


async def nearest_built(world: World, target: Target, commit: Commit, pushed_with: str = "") -> Commit | None:
    """The commit that was pushed after it and built in its place, else the nearest before it, with a fit image.

    Raises SystemFailure.
    """
    github = world.systems.github
    if pushed_with and await _fits(world, target, pushed_with):
        return await github.commit(pushed_with)
    ancestors, builds = await together(
        github.ancestors(commit.sha, NEAR), github.builds(target.workflow, status="success", limit=100)
    )
    built = {build.sha for build in builds}
    for ancestor in ancestors[1:]:
        if ancestor.sha in built and await _fits(world, target, ancestor.sha):
            return ancestor
    return None


async def _fits(world: World, target: Target, sha: str) -> bool:
    image = await world.systems.registry.image(target.image, sha, target.platform)
    return fit(image, target.platform, sha).misfit is None
