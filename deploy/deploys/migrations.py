"""Which changes of the database lie between what runs and what is asked for, by the files that changed."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from deploy.builds.patterns import LONGEST, cost, decided
from deploy.core.ask import Unknown, ask
from deploy.core.units import plural
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploy.core.model import Comparison, Target
    from deploy.world import World

GITHUB, WITHIN = "GitHub", 20.0  # seconds
MOST_FILES = 300  # that GitHub tells of a comparison
MOST_STEPS = 2_000_000  # of trying patterns, about a second


@dataclass(frozen=True, slots=True)
class Migrations:
    """How many files of migrations the way brings, and how many that what runs has it goes back over.

    `why`: why that is not known; empty where it is.
    """

    brings: int = 0
    over: int = 0
    why: str = ""

    @property
    def told(self) -> str:
        """As in `brings 2 migrations`; empty where there are none."""
        if self.why:
            return f"whether migrations lie between is not known: {self.why}"
        brings = f"brings {plural(self.brings, 'migration')}" if self.brings else ""
        over = f"goes back over {plural(self.over, 'migration')}" if self.over else ""
        return " and ".join(part for part in (over, brings) if part)


NONE = Migrations()


class NotListed(ValueError):
    """Why the files cannot be told."""


async def migrations(
    world: World, target: Target, runs: str, sha: str, since: Comparison | None
) -> Migrations:
    """Those between what runs and a commit, `since` being the commit seen from it. Asks GitHub for the way back."""
    if not target.migrations or (runs and runs == sha):
        return NONE
    if not runs:
        return Migrations(why="nobody can say what runs")
    if since is None:
        return Migrations(why="GitHub does not compare the two")
    back = None if since.status in {"ahead", "identical"} else await _asked(world, sha, runs)
    if isinstance(back, Unknown):
        return Migrations(why=back.why.rstrip("."))
    try:
        return Migrations(_count(target, since), _count(target, back))
    except NotListed as reason:
        return Migrations(why=str(reason))


async def _asked(world: World, base: str, head: str) -> Comparison | Unknown:
    return await ask(GITHUB, world.systems.github.compare(base, head), WITHIN)


def _count(target: Target, compared: Comparison | None) -> int:
    """How many files that head has changed are migrations, or were before they got another name. Raises NotListed."""
    files = compared.files if compared else ()
    if len(files) >= MOST_FILES:
        raise NotListed(f"more than {MOST_FILES - 1} files changed, and GitHub lists no more")
    was = compared.was if compared else ()
    before = tuple(old or new for new, old in zip_longest(files, was, fillvalue=""))
    found = matching(target.migrations, files), matching(target.migrations, before)
    return sum(any(each) for each in zip(*found, strict=True))


def matching(patterns: Sequence[str], files: Sequence[str]) -> tuple[bool, ...]:
    """Whether each file is a migration. Raises NotListed."""
    if max(map(len, patterns)) > LONGEST or cost(patterns, files) > MOST_STEPS:
        raise NotListed("`migrations` in fisk.toml is too complex to be tried")
    return tuple(decided(patterns, file) for file in files)
