"""Compares the digest of a running container's image with the registry's."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from deploy.core.ask import Unknown, ask, known
from deploy.core.model import LATEST, Target

if TYPE_CHECKING:
    from deploy.systems.docker import Docker
    from deploy.world import World

PINNED = re.compile(r"sha256-[0-9a-f]{64}")  # how Coolify pins a digest in the place of a tag
PREVIEW = "-pr-"  # in the name of a container that Coolify made for a pull request


@dataclass(frozen=True, slots=True)
class Proof:
    """`digest` is what runs, where that is known; `sha` the commit that it says that it was built from."""

    verdict: Literal["proven", "something else"]
    digest: str = ""
    sha: str = ""


async def proof(world: World, target: Target, tag: str) -> Proof | Unknown:
    """Whether the target's container runs the image that the registry has under this tag, queried concurrently.

    Unknown where nothing can be proven. Raises SystemFailure for a system that does not answer: see `ask`.
    """
    expected, found = await asyncio.gather(_expected(world, target, tag or LATEST), _running(world, target))
    if isinstance(found, Unknown):
        return found
    if not expected:
        return Unknown(f"the registry has no tag {tag or LATEST}")
    return await _judge(world, target, found, expected)


async def _expected(world: World, target: Target, tag: str) -> str:
    """The digest that a tag means; empty where there is no such tag. Raises SystemFailure."""
    if PINNED.fullmatch(tag):
        return tag.replace("-", ":")
    return await world.systems.registry.digest(target.image, tag) or ""


async def _running(world: World, target: Target) -> tuple[str, ...] | Unknown:
    """The digests of the image that the target's container runs, or why nobody can say. Raises SystemFailure."""
    if target.host not in world.systems.hosts:
        return Unknown(f"fisk.toml names no host for {target.name}")
    docker = world.systems.docker[target.host]
    running = await containers(docker, target)
    if len(running) != 1:
        count = "no container" if not running else f"{len(running)} containers"
        return Unknown(f"{count} of {target.app} on {target.host}")
    container = await docker.container(running[0][0])
    if container is None:
        return Unknown(f"the container of {target.app} is just going away")
    return await docker.digests(container.image_id)


async def containers(docker: Docker, target: Target, *, ended: bool = False) -> list[tuple[str, str]]:
    """Id and name of the target's containers, newest first; those that run, or all. Raises errors.HostFailure."""
    return [found for found in await docker.named(target.app, ended=ended) if is_of(target, found[1])]


def is_of(target: Target, name: str) -> bool:
    """Whether a container is the application's: Coolify names it after the uuid, mostly with the time behind it."""
    return name == target.app or (name.startswith(f"{target.app}-") and PREVIEW not in name)


async def _judge(world: World, target: Target, digests: tuple[str, ...], expected: str) -> Proof:
    """An image can have been pulled under several digests; it is the same image."""
    digests_of_image = [each.partition("@")[2] for each in digests if each.partition("@")[0] == target.image]
    if expected in digests_of_image:
        return Proof("proven", expected)
    found = digests_of_image[0] if digests_of_image else (digests[0] if digests else "")
    return Proof("something else", found, sha=await _revision(world, target, digests_of_image))


async def _revision(world: World, target: Target, digests: list[str]) -> str:
    """The commit that an image was built from, asked by its digest; empty where the registry cannot say."""
    if not digests:
        return ""
    image = known(
        await ask("The registry", world.systems.registry.image(target.image, digests[0], target.platform))
    )
    return image.revision if image else ""
