"""Determines what runs in a target: its host is asked first, else the log of Coolify's newest finished deployment.

The commit that Coolify has for a deployment proves nothing: whoever asked for it, fisk included, set it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.core.ask import Unknown, ask, known
from deploy.core.compose_model import Project
from deploy.core.coolify_model import CANCELLED, FINISHED
from deploy.core.model import Application, Deployment, Release, Running, Target, is_sha
from deploy.core.reference import LATEST, brief, parse_reference, same_repository
from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.deploys.deployers.project import project, running_project
from deploy.deploys.origin import commit_of
from deploy.deploys.proof import HostImage, host_image

if TYPE_CHECKING:
    from deploy.world import World

DEPLOYMENTS = 30  # of Coolify's, among which the newest finished one is looked for
RELEASES = 10  # whose images may be what a host runs that forgot what it pulled
HINTS = 4  # commits whose builds are looked through for an image


@dataclass(frozen=True, slots=True)
class Look:
    """What those who could know said of a target at one moment.

    Attributes:
        application: as Coolify has it configured; None where Coolify does not run the target.
        deployments: Coolify's, newest first.
        host: the image that its host runs; None where no container of it runs there.
        project: of a target that compose runs.
    """

    application: Application | Unknown | None = None
    deployments: tuple[Deployment, ...] | Unknown = ()
    host: HostImage | Unknown | None = None
    project: Project | Unknown | None = None


async def look(world: World, target: Target, *, whole: bool = True) -> Look:
    """Ask all of them at once; never raises for a system. Without `whole`, of the deployments only those under way are
    looked at where its host says what runs.
    """
    if target.kind == "compose":
        return Look(project=await ask(target.host, project(world, target)))
    listed = newest_deployments if whole else active_deployments
    application, deployments, found = await together(
        ask("Coolify", world.systems.coolify.application(target.app)),
        ask("Coolify", listed(world, target)),
        on_host(world, target),
    )
    if isinstance(found, Unknown) and not whole:
        deployments = await ask("Coolify", newest_deployments(world, target))
    return Look(application, deployments, found)


async def strict_look(world: World, target: Target) -> Look:
    """The same for what acts by it. Raises SystemFailure where who runs the target does not answer."""
    if target.kind == "compose":
        return Look(project=await project(world, target))
    application, deployments, found = await together(
        world.systems.coolify.application(target.app),
        newest_deployments(world, target),
        on_host(world, target),
    )
    return Look(application, deployments, found)


async def what_runs(world: World, target: Target) -> Running:
    """What runs in it now. Raises SystemFailure where who runs the target does not answer."""
    world = world.of(target)
    return await runs_by(world, target, await strict_look(world, target))


async def runs_by(world: World, target: Target, it: Look) -> Running:
    """What runs by what was said, or why it is not known; never raises for a system."""
    if isinstance(it.project, Unknown):
        return Running("", None, why=it.project.why)
    if it.project is not None:
        return await running_project(world, target, it.project)
    application = it.application if it.application is not None else Unknown("nobody was asked")
    return await running_image(world, target, application, it.deployments, it.host)


async def on_host(world: World, target: Target) -> HostImage | Unknown | None:
    """The image that the target's host runs; None where it runs no container of it."""
    return await ask("The host", host_image(world, target))


async def newest_deployments(world: World, target: Target) -> tuple[Deployment, ...]:
    """The deployments that tell what runs, newest first. Raises SystemFailure."""
    return await world.systems.coolify.deployments(target.app, DEPLOYMENTS)


async def active_deployments(world: World, target: Target) -> tuple[Deployment, ...]:
    """Those under way, by the list of all of them. Raises SystemFailure."""
    active = await world.systems.coolify.active()
    return tuple(each for each in active if each.app_page.rpartition("/")[2] == target.app)


async def running_image(
    world: World,
    target: Target,
    application: Application | Unknown,
    deployments: Sequence[Deployment] | Unknown,
    found: HostImage | Unknown | None,
) -> Running:
    """What runs, or why it is not known; never raises for a system.

    Args:
        world: where.
        target: of which.
        application: as Coolify has it configured.
        deployments: as `newest_deployments` gives them.
        found: what the host says, as `host_image` gives it.
    """
    tag, listed = None if isinstance(application, Unknown) else application.tag, known(deployments) or ()
    base = Running("", tag, tuple(each.uuid for each in listed))
    if isinstance(found, Unknown):
        silent = next((each for each in (application, deployments) if isinstance(each, Unknown)), None)
        if isinstance(application, Unknown) or silent:
            return replace(base, why=f"{found.why}, and {silent.why if silent else ''}")
        running = _by_log(target, base, application, listed, found.why)
        hints = _hints(application, listed)
        return await _traced(world, target, running, hints) if running.digest else running
    if found is None:
        return replace(base, source="host", why=f"no container of it runs on {target.host}")
    digest = await _digest(world, target, found, known(application))
    if not digest:
        other = next(iter(found.others), "") or f"an image that came from no registry ({brief(found.id)})"
        return replace(base, source="host", why=f"{target.host} runs {other}")
    running = replace(base, digest=digest, source="host")
    return await _traced(world, target, running, _hints(known(application), listed))


def is_release(release: Release, running: Running) -> bool:
    """Whether this release is what runs: by digest, or by commit where a digest is not known."""
    if release.digest and running.digest:
        return release.digest == running.digest
    return bool(running.sha) and release.sha == running.sha


def _hints(application: Application | None, deployments: Sequence[Deployment]) -> tuple[str, ...]:
    """Commits that may run, to be looked for in their builds."""
    set_to = (application.tag, application.commit) if application else ()
    finished = (each.commit for each in deployments if each.status == FINISHED)
    return tuple(dict.fromkeys(each for each in (*set_to, *finished) if is_sha(each)))[:HINTS]


async def _digest(world: World, target: Target, found: HostImage, application: Application | None) -> str:
    """The digest of what the host runs. It can have been pulled under several: they are one image."""
    if len(found.digests) == 1:
        return found.digests[0]
    releases = known(await ask("fisk's memory", world.memory.history.releases(target.name, RELEASES))) or ()
    configured = application.reference if application else None
    likely = [configured.of if configured else "", *(each.digest for each in releases), found.id]
    for name in dict.fromkeys(each for each in likely if each):
        image = known(
            await ask("The registry", world.systems.registry.image(target.image, name, target.platform))
        )
        if image and found.is_(image):
            return image.digest
    return next(iter(found.digests), "")


async def what_was_deployed(world: World, target: Target, unasked: str) -> Running:
    """What the log of Coolify's newest deployment says, with its commit only where the log names that.

    `unasked`: why its host does not say it.
    """
    application, deployments = await together(
        ask("Coolify", world.systems.coolify.application(target.app)),
        ask("Coolify", newest_deployments(world, target)),
    )
    if isinstance(application, Unknown):
        return Running("", None, why=application.why)
    if isinstance(deployments, Unknown):
        return Running("", application.tag, why=deployments.why)
    return _by_log(target, Running("", application.tag), application, deployments, unasked)


def _by_log(
    target: Target,
    base: Running,
    application: Application,
    deployments: Sequence[Deployment],
    unasked: str,
) -> Running:
    """By the log of the newest deployment that finished, unless a later one may have taken its place."""
    for each in deployments:
        if each.status == FINISHED:
            return _logged(target, base, each, unasked)
        if _may_have_replaced(application, each):
            why = (
                f"{unasked}, and Coolify's deployment {each.shown}, {each.status}, may have replaced what ran"
            )
            return replace(base, why=why)
    return replace(base, why=f"{unasked}, and Coolify lists no finished deployment")


def _may_have_replaced(application: Application, deployment: Deployment) -> bool:
    """Whether a deployment that did not finish may have touched the container: cancelled in its health check, the new
    one may still take over; where the update is not rolling, the old one is stopped first.
    """
    if deployment.status == "queued" or not deployment.image:  # its log begins with the image, once it began
        return False
    return deployment.status == CANCELLED or bool(application.not_rolling)


def _logged(target: Target, base: Running, deployment: Deployment, unasked: str) -> Running:
    started = parse_reference(deployment.image)
    if started is None:
        return replace(base, why=f"{unasked}, and Coolify shows no log of deployment {deployment.shown}")
    if not same_repository(started.repository, target.image):
        return replace(base, why=f"{unasked}, and Coolify deployed {deployment.image}")
    named = replace(base, source="log", at=deployment.at, why=unasked)
    if started.digest:
        return replace(named, digest=started.digest)
    return replace(named, sha=started.tag if is_sha(started.tag) else "", deployed=started.tag or LATEST)


async def _traced(world: World, target: Target, running: Running, hints: Iterable[str]) -> Running:
    """With the commit of its digest, and why that is not known."""
    origin = await commit_of(world, target, running.digest, hints)
    return replace(running, sha=origin.sha, why=origin.why or running.why, weak=origin.weak)
