"""Proves that the containers of a compose project are of the images that were wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.ask import ask, known
from deploy.core.model import Target, short
from deploy.core.reference import brief
from deploy.core.together import together
from deploy.core.units import plural
from deploy.deploys.deployers.project import project
from deploy.deploys.project_errors import OtherParts, OtherRevision
from deploy.deploys.proof import HostImage

if TYPE_CHECKING:
    from deploy.core.compose_model import Part, Project
    from deploy.core.model import Image
    from deploy.deploys.deployers.deployer import Wanted
    from deploy.world import World


async def prove_project(world: World, target: Target, wanted: Wanted) -> str:
    """What was proven, as a person reads it.

    Raises:
        OtherParts: a container is of another image.
        OtherRevision: one says of itself that it was built from another commit.
        errors.HostFailure: the host does not say.
    """
    it = await project(world, target)
    images = await _images(world, target, wanted)
    other = [part for part in it.parts if not _is(part, images.get(part.image), wanted)]
    if other or not it.parts:
        raise OtherParts(sha=wanted.sha, host=target.host, found=_named(other))
    said = await _revisions(world, target, wanted, it)
    return f"{plural(len(it.parts), 'container')} on {target.host} run the registry's images{said}"


async def _images(world: World, target: Target, wanted: Wanted) -> dict[str, Image | None]:
    """What the registry has of each, by what was wanted; None where it does not say."""
    digests = (wanted.digest, *wanted.others)
    named = {image: digest or wanted.tag for image, digest in zip(target.every_image, digests, strict=False)}
    asked = (world.systems.registry.image(image, of, target.platform) for image, of in named.items())
    found = await together(*(ask("The registry", each) for each in asked))
    return {image: known(each) for image, each in zip(named, found, strict=True)}


def _is(part: Part, image: Image | None, wanted: Wanted) -> bool:
    if image is None:
        return bool(part.digest) and part.digest in {wanted.digest, *wanted.others}
    return HostImage(part.image_id, (part.digest,)).is_(image)


def _named(parts: list[Part]) -> str:
    if not parts:
        return "none of its containers is there"
    return ", ".join(f"{part.name} runs {brief(part.digest or part.image_id)}" for part in parts)


async def _revisions(world: World, target: Target, wanted: Wanted, it: Project) -> str:
    """Each container is asked by itself, since an image may carry another commit than its tag says."""
    if not target.revision:
        return ""
    docker = world.systems.compose[target.name].docker
    found = await together(*(docker.printed_variable(part.id, target.revision) for part in it.parts))
    for part, revision in zip(it.parts, found, strict=True):
        if revision != wanted.commit:
            raise OtherRevision(
                part=part.name,
                host=target.host,
                variable=target.revision,
                found=short(revision) or "unset",
                sha=wanted.sha,
            )
    return f", each with {target.revision}={wanted.sha}"
