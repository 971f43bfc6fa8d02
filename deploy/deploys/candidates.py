"""What a target could be given next: the branch's newest built commits, each with how it stands to what runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from deploy.builds.ancestry import behind
from deploy.builds.fit import Fit, fit
from deploy.core.ask import Unknown, ask, known
from deploy.core.model import WHOLE, Commit, Image, Target
from deploy.core.together import together
from deploy.core.units import SHORT
from deploy.core.values import dataclass
from deploy.deploys.running import what_runs

if TYPE_CHECKING:
    from deploy.world import World

SHOWN = 10
COMMITS = 100  # of the branch, among which the built ones are looked for


@dataclass(frozen=True, slots=True)
class Candidate:
    """A commit whose build succeeded.

    Attributes:
        commit: it.
        ref: as few of its digits as no other commit of the branch begins with.
        ahead: how many commits of the branch it has more than what runs, less than none where it is older; None:
            nobody can say.
        image: whether the registry has an image of it that fits, or why that is not known.
    """

    commit: Commit
    ref: str
    ahead: int | None
    image: Fit | Unknown


async def candidates(world: World, target: Target, count: int = SHOWN) -> tuple[Candidate, ...] | Unknown:
    """Newest first; why there are none where GitHub does not answer. Never raises for a system."""
    world = world.of(target)
    github = world.systems.github
    commits, builds, runs = await together(
        ask("GitHub", github.ancestors(github.branch, COMMITS)),
        ask("GitHub", github.builds(target.workflow, branch=github.branch, status="success")),
        ask("Coolify", what_runs(world, target)),
    )
    if isinstance(commits, Unknown):
        return commits
    if isinstance(builds, Unknown):
        return builds
    built = {build.sha for build in builds}
    found = [commit for commit in commits if commit.sha in built][:count]
    images = await together(*(ask("The registry", _image(world, target, each)) for each in found))
    running = known(runs)
    sha = running.sha if running else ""
    return tuple(
        Candidate(each, _ref(commits, each), _ahead(commits, sha, each.sha), _fit(image, target, each))
        for each, image in zip(found, images, strict=True)
    )


async def _image(world: World, target: Target, commit: Commit) -> Image | None:
    return await world.systems.registry.image(target.image, commit.sha, target.platform)


def _fit(image: Image | Unknown | None, target: Target, commit: Commit) -> Fit | Unknown:
    return image if isinstance(image, Unknown) else fit(image, target.platform, commit.sha)


def _ahead(commits: Sequence[Commit], runs: str, sha: str) -> int | None:
    mine, its = behind(commits, sha), behind(commits, runs)
    return None if mine is None or its is None else its - mine


def _ref(commits: Sequence[Commit], mine: Commit) -> str:
    """Seven digits, and more where that is not enough."""
    others = [each.sha for each in commits if each.sha != mine.sha]
    lengths = range(SHORT, WHOLE + 1)
    fitting = (mine.sha[:length] for length in lengths)
    return next(ref for ref in fitting if not any(sha.startswith(ref) for sha in others))
