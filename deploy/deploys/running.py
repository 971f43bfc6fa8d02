"""Determines what runs in a target, for the gates and for status."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from deploy.core.ask import Unknown, ask, known
from deploy.core.model import LATEST, Running, deployed, is_sha

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from deploy.core.model import Application, Deployment, Image, Target
    from deploy.world import World

    ImageOf = Callable[[str], Awaitable[Image | None]]

DEPLOYMENTS = 30  # of Coolify's, among which the newest finished one is looked for


async def running_image(
    application: Application, deployments: Sequence[Deployment], image_of: ImageOf
) -> Running:
    """What runs, as well as it can be told without the host: Coolify's newest finished deployment says it by
    its commit; where that tells nothing, the configured tag has to do, or its image's revision label.

    Args:
        application: as Coolify has it configured.
        deployments: as `newest_deployments` gives them.
        image_of: the image that a tag names; asked for only where its label is needed. Its errors are raised.
    """
    sha = deployed(application, deployments) or await _by_tag(application.tag or LATEST, image_of)
    return Running(sha, application.tag, deployments=tuple(each.uuid for each in deployments))


async def _by_tag(tag: str, image_of: ImageOf) -> str:
    """The commit that a tag stands for; empty where its image's label is none."""
    if is_sha(tag):
        return tag
    image = await image_of(tag)
    return image.revision if image and is_sha(image.revision) else ""


async def newest_deployments(world: World, target: Target) -> tuple[Deployment, ...]:
    """The deployments that tell what runs, newest first. Raises SystemFailure."""
    return await world.systems.coolify.deployments(target.app, DEPLOYMENTS)


def in_registry(world: World, target: Target) -> ImageOf:
    """The image of a tag, asked for in the registry."""
    return lambda tag: world.systems.registry.image(target.image, tag, target.platform)


async def what_runs(world: World, target: Target) -> Running:
    """`running_image`, with all that it needs asked for. Raises SystemFailure."""
    application, deployments = await asyncio.gather(
        world.systems.coolify.application(target.app), newest_deployments(world, target)
    )
    return await running_image(application, deployments, in_registry(world, target))


async def running_or_why(
    world: World,
    target: Target,
    application: Application | Unknown,
    deployments: Sequence[Deployment] | Unknown,
    latest: Awaitable[Image | Unknown | None] | None = None,
) -> Running | Unknown:
    """`running_image` by what Coolify was asked already, for where nothing may hang: a silent registry leaves a gap.

    `latest` is the image of that tag, where somebody asks for it anyway.
    """
    if isinstance(application, Unknown):
        return application
    if isinstance(deployments, Unknown):
        return deployments

    async def image_of(tag: str) -> Image | None:
        shared = latest if tag == LATEST else None
        return known(await (shared or ask("The registry", in_registry(world, target)(tag))))

    return await running_image(application, deployments, image_of)
