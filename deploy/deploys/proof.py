"""Compares the image of a running container, as its host knows it, with an image of the registry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from deploy.core.ask import Unknown, ask, known
from deploy.core.model import Image, Target
from deploy.core.reference import DIGEST, parse_reference, same_repository
from deploy.core.together import together
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.systems.docker import Docker, Pulled
    from deploy.world import World

PROJECT = "com.docker.compose.project"  # Coolify's job starts an application by compose, under its uuid
PREVIEW = "-pr-"  # in the name of a container that Coolify made for a pull request


@dataclass(frozen=True, slots=True)
class HostImage:
    """The image that a target's container runs.

    Attributes:
        id: its id in Docker: the digest of its config, or with containerd's store that of what was pulled.
        digests: under which it was pulled from the target's repository.
        others: the `repository@digest` under which it was pulled from any other.
    """

    id: str
    digests: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def is_(self, image: Image) -> bool:
        """Whether it is this image of the registry, whichever of its digests the host kept."""
        return image.digest in self.digests or self.id in {image.digest, image.manifest, image.config}


@dataclass(frozen=True, slots=True)
class Proof:
    """`digest` is what runs, where that is known; `sha` the commit that it says that it was built from."""

    verdict: Literal["proven", "something else"]
    digest: str = ""
    sha: str = ""


async def proof(world: World, target: Target, tag: str) -> Proof | Unknown:
    """Whether the target's container runs the image that the registry has under this tag or digest.

    Both are asked at once. Unknown where nothing can be proven. Raises SystemFailure for a system that does not
    answer: see `ask`.
    """
    expected, found = await together(
        world.systems.registry.image(target.image, tag, target.platform), host_image(world, target)
    )
    if isinstance(found, Unknown):
        return found
    if found is None:
        return Unknown(f"no container of {target.app} on {target.host}")
    if expected is None and not DIGEST.fullmatch(tag):
        return Unknown(f"the registry has no tag {tag}")
    return await _judge(world, target, found, expected or Image(target.image, tag, tag, ()))


async def _judge(world: World, target: Target, found: HostImage, expected: Image) -> Proof:
    if found.is_(expected):
        return Proof("proven", expected.digest)
    digest = next(iter((*found.digests, *found.others)), "")
    return Proof("something else", digest, sha=await _revision(world, target, found.digests))


async def _revision(world: World, target: Target, digests: Sequence[str]) -> str:
    """The commit that an image was built from, asked by its digest; empty where the registry cannot say."""
    if not digests:
        return ""
    image = known(
        await ask("The registry", world.systems.registry.image(target.image, digests[0], target.platform))
    )
    return image.revision if image else ""


# --- the host


async def host_image(world: World, target: Target) -> HostImage | Unknown | None:
    """The image of the target's running container, or why nobody can say; None where none runs.

    Raises SystemFailure.
    """
    if target.host not in world.systems.hosts:
        return Unknown(f"fisk.toml names no host for {target.name}")
    docker = world.systems.docker[target.host]
    running = await containers(docker, target)
    if not running:
        return None
    if len(running) > 1:
        return Unknown(f"{len(running)} containers of {target.app} on {target.host}")
    pulled = await docker.image_of(running[0][0])
    if pulled is None:
        return Unknown(f"the container of {target.app} is just going away")
    return _image(target, pulled)


def _image(target: Target, pulled: Pulled) -> HostImage:
    named = [each for each in map(parse_reference, pulled.digests) if each and each.digest]
    mine = [each.digest for each in named if same_repository(each.repository, target.image)]
    others = [f"{each.repository}@{each.digest}" for each in named if each.digest not in mine]
    return HostImage(pulled.id, tuple(mine), tuple(others))


async def containers(docker: Docker, target: Target, *, ended: bool = False) -> list[tuple[str, str]]:
    """Id and name of the target's containers, newest first; those that run, or all. Raises errors.HostFailure.

    Coolify labels them, whatever they are named; by their names where nothing is labelled.
    """
    if labelled := await docker.labelled(PROJECT, target.app, ended=ended):
        return [found for found in labelled if PREVIEW not in found[1]]
    return [found for found in await docker.named(target.app, ended=ended) if is_of(target, found[1])]


def is_of(target: Target, name: str) -> bool:
    """Whether a container is the application's: Coolify names it after the uuid, mostly with the time behind it."""
    return name == target.app or (name.startswith(f"{target.app}-") and PREVIEW not in name)
