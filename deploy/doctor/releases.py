"""The images of a target's last releases, and whether the registry still has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.model import Release, Target
from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.doctor.asked import MEMORY, once

if TYPE_CHECKING:
    from deploy.doctor.evidence import Evidence

NEWEST = 3  # different releases that a rollback may go to
RECORDED = 20  # among which they are looked for


@dataclass(frozen=True, slots=True)
class LastReleases:
    """The newest different releases, newest first. `gone` are those whose image the registry no longer has; `unsure`
    those that were recorded without a digest, so that their tag may name another image by now.
    """

    all: tuple[Release, ...]
    gone: tuple[Release, ...] = ()
    unsure: tuple[Release, ...] = ()


async def last_releases(it: Evidence, target: Target) -> LastReleases:
    """By digest, since a tag can be moved. Raises SystemFailure, or errors.StateUnavailable."""
    newest = _different(await _recorded(it, target.name))
    there = await together(*(it.tagged(target.image, each.digest or each.tag) for each in newest))
    found = dict(zip(newest, there, strict=True))
    gone = tuple(each for each, digest in found.items() if digest is None)
    unsure = tuple(each for each, digest in found.items() if digest and not each.digest)
    return LastReleases(newest, gone, unsure)


@once(MEMORY, "the releases")
async def _recorded(it: Evidence, target: str) -> tuple[Release, ...]:
    return await it.world.memory.history.releases(target, RECORDED)


def _different(releases: tuple[Release, ...]) -> tuple[Release, ...]:
    """The newest of each image."""
    images: dict[str, Release] = {}
    for release in releases:
        images.setdefault(release.digest or release.tag, release)
    return tuple(images.values())[:NEWEST]
