"""What a target runs at a moment, and whether it is healthy, by as few questions as that takes.

Its host is asked where fisk.toml names one, by ssh alone; else Coolify, with two requests. GitHub and the registry are
not asked: an image is compared by its digest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.ask import Unknown
from deploy.core.together import together
from deploy.deploys.health import health_of
from deploy.deploys.running import look, on_host, runs_by, what_was_deployed
from deploy.deploys.steady import Sample

if TYPE_CHECKING:
    from deploy.core.model import Release, Running, Target
    from deploy.deploys.proof import HostImage
    from deploy.world import World

RELEASES = 10  # whose images may be what a host runs under several digests


async def sample(world: World, target: Target) -> Sample:
    """As of the moment before it asks, so that a pause in between is a gap. Raises errors.StateUnavailable alone."""
    at = await world.memory.now()
    health, digest = await together(health_of(world, target), digest_now(world, target))
    if not health.ok:
        return Sample(at, why=f"it answered {health.status or health.why}")
    if isinstance(digest, Unknown):
        return Sample(at, why=f"what it ran was not known ({digest.why.rstrip('.')})")
    return Sample(at, digest)


async def digest_now(world: World, target: Target) -> str | Unknown:
    """The digest of what runs; an Unknown where nobody says, and where nothing runs."""
    if target.kind == "compose":
        return _known(await runs_by(world, target, await look(world, target)))
    found = await on_host(world, target)
    if found is None:
        return Unknown(f"no container of it runs on {target.host}")
    if not isinstance(found, Unknown):
        return _of_host(found, await world.memory.history.releases(target.name, RELEASES))
    return _known(await what_was_deployed(world, target, found.why))


def _known(running: Running) -> str | Unknown:
    return running.digest or Unknown(running.why or "nobody names a digest")


def _of_host(found: HostImage, releases: tuple[Release, ...]) -> str | Unknown:
    """One image can have been pulled under several digests: then the one that was released."""
    released = (each.digest for each in releases if each.digest in found.digests)
    other = next(iter(found.digests), "")
    return next(released, "") or other or Unknown("its host runs an image that is not the target's")
