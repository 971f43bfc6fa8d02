"""Looks at the compose project of a target: its containers, what each runs, and what it is set to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.compose_model import Part, Project, counted
from deploy.core.model import Running, Target, is_sha, short
from deploy.core.reference import brief, parse_reference, same_repository
from deploy.core.together import together
from deploy.deploys.origin import Origin, commit_of

if TYPE_CHECKING:
    from deploy.systems.compose import Compose
    from deploy.systems.docker import Container
    from deploy.world import World


async def project(world: World, target: Target) -> Project:
    """Everything that its host says of it. Raises errors.HostFailure."""
    compose = world.systems.compose[target.name]
    variables, containers = await together(compose.variables(), compose.containers())
    mine = [(each, image) for each in containers if (image := _image(compose, target, each))]
    ids = list(dict.fromkeys(each.image_id for each, _ in mine))
    digests = dict(zip(ids, await together(*(_digests(compose, id_) for id_ in ids)), strict=True))
    parts = (_part(each, image, digests[each.image_id]) for each, image in mine)
    return Project(
        tuple(variables.items()),
        compose.commit_in(variables),
        tuple(sorted(parts, key=lambda part: part.name)),
    )


def _image(compose: Compose, target: Target, container: Container) -> str:
    """Which of the target's images it is of; empty where it is of none, or of a service that is left out."""
    if target.services and container.service not in target.services:
        return ""
    return compose.image_of(container)


async def _digests(compose: Compose, image_id: str) -> tuple[tuple[str, str], ...]:
    """Repository and digest, each under which it was pulled."""
    pulled = [parse_reference(each) for each in await compose.docker.digests(image_id)]
    return tuple((each.repository, each.digest) for each in pulled if each and each.digest)


def _part(container: Container, image: str, digests: tuple[tuple[str, str], ...]) -> Part:
    named = parse_reference(container.image)
    of_image = [digest for repository, digest in digests if same_repository(repository, image)]
    return Part(
        service=container.service,
        name=container.name,
        id=container.id,
        image=image,
        tag=named.of if named else "",
        digest=of_image[0] if len(of_image) == 1 else "",
        image_id=container.image_id,
        state=container.state,
        health=container.health,
        restarts=container.restarts,
        started=container.started,
    )


async def running_project(world: World, target: Target, it: Project) -> Running:
    """What runs of it: one commit, or which ones its containers run; never raises for a system."""
    base = Running("", it.set_to or None, source="host")
    if not it.parts:
        return Running("", it.set_to or None, source="host", why=f"no container of it is on {target.host}")
    origins = await _origins(world, target, it)
    names = [_name(part, origins) for part in it.parts]
    if len(set(names)) > 1:
        return Running("", base.tag, source="host", why=f"of {len(names)} containers {counted(names)}")
    known = {part.image: part.digest for part in it.parts}
    main, *others = (known.get(image, "") for image in target.every_image)
    origin = next(iter(origins.values()), Origin(""))
    return Running(
        origin.sha,
        base.tag,
        digest=main,
        others=tuple(others),
        source="host",
        why=origin.why,
        weak=origin.weak,
    )


async def _origins(world: World, target: Target, it: Project) -> dict[tuple[str, str], Origin]:
    """The commit of each image that its containers run."""
    images = list(dict.fromkeys((part.image, part.digest) for part in it.parts if part.digest))
    hints = tuple(
        dict.fromkeys(each for each in (it.set_to, *(part.tag for part in it.parts)) if is_sha(each))
    )
    found = await together(
        *(commit_of(world, target.of_image(image), digest, hints) for image, digest in images)
    )
    return dict(zip(images, found, strict=True))


def _name(part: Part, origins: dict[tuple[str, str], Origin]) -> str:
    """Its commit in short, else what is known of its image."""
    origin = origins.get((part.image, part.digest))
    if origin and origin.sha:
        return short(origin.sha)
    return (
        brief(part.digest) if part.digest else f"an image that came from no registry ({brief(part.image_id)})"
    )
