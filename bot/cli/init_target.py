"""What `fisk init` asks about the target, with what Coolify, the workflows and the registry say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, TypeAdapter

from bot.cli.init_systems import told
from bot.cli.main import show
from bot.cli.prompts import NAME, Form, answered, ask, ask_secret, choose, confirm, fitting
from commands.grammar.syntax import DEFAULT_TARGET
from deploy.core import errors
from deploy.core.fields import HttpUrl, ImageName
from deploy.core.reference import LATEST, MARK, split
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.cli.init_files import Values
    from bot.cli.init_host import Machines
    from deploy.core.coolify_model import Listed
    from deploy.doctor.workflows.model import Workflow
    from deploy.world import Systems

FALLBACK = "linux/amd64"
MORE = "\nAnother one of Coolify's applications, as a further target?"
CALLED = "\nIts name in fisk, as in `deploy SHA --to NAME`"
PACKAGES = "https://github.com/settings/tokens/new?description=fisk&scopes=read:packages"


IMAGE = Form(TypeAdapter(ImageName), "image: a host and a name, without a tag")
HEALTH = Form(TypeAdapter(HttpUrl), "address: it begins with http:// or https://")
PLATFORM = Form(
    TypeAdapter(Annotated[str, Field(pattern=r"^[a-z0-9]+(/[a-z0-9]+){1,2}$")]),
    "platform, such as linux/arm64",
)


@dataclass(frozen=True, slots=True)
class Guess:
    """A value and where it comes from; both are empty where nobody says it."""

    value: str = ""
    source: str = ""

    def asked(self, question: str) -> str:
        return ask(f"\n{question}" + f" ({self.source})" * bool(self.source), self.value)


async def ask_targets(
    values: Values,
    workflows: tuple[Workflow, ...],
    applications: tuple[Listed, ...],
    machines: Machines,
) -> dict[str, dict[str, str]]:
    """The tables `[targets.NAME]`, of one application after another."""
    targets: dict[str, dict[str, str]] = {}
    while True:
        application = _chosen(applications, workflows)
        name, environment = await _named(application, targets)
        told_ = await _target(values, workflows, application)
        targets[name] = {**told_, "environment": environment, **_on(await machines.ask(name))}
        applications = tuple(each for each in applications if each != application)
        if not applications or not confirm(MORE):
            return targets


async def _named(application: Listed, taken: Collection[str]) -> tuple[str, str]:
    """Its name in fisk, and on GitHub's page of deployments; the first one has the usual names."""
    if not taken:
        return DEFAULT_TARGET, "production"
    usual = application.name if NAME.fits(application.name) else ""
    name = await fitting(lambda: ask(CALLED, usual), NAME, taken=taken)
    return name, ask("Its environment on GitHub's deployments page", name)


def _on(host: str) -> dict[str, str]:
    return {"host": host} if host else {}


async def _target(values: Values, workflows: tuple[Workflow, ...], application: Listed) -> dict[str, str]:
    image = await _guessed(image_guess(application, workflows), "Image, without a tag", IMAGE)
    file = _workflow(workflows, image)
    platforms = await _platforms(values, image)
    platform = await _guessed(platform_guess(platforms, file), "Platform of its host", PLATFORM)
    return {
        "image": image,
        "platform": platform,
        "workflow": file.file,
        "app": application.uuid,
        "health": await _guessed(health_guess(application), "Health URL, which answers 200", HEALTH),
    }


def _chosen(applications: tuple[Listed, ...], workflows: tuple[Workflow, ...]) -> Listed:
    """First those whose image a workflow builds."""
    built = {name for each in workflows for build in each.builds for name in build.names}
    best = next((number for number, each in enumerate(applications) if _image(each) in built), 0)
    rows = [f"{each.name}   {each.source}   {each.uuid}" for each in applications]
    return applications[choose("\nCoolify's application", rows, best)]


def _image(application: Listed) -> str:
    return application.image.removesuffix(MARK)


def image_guess(application: Listed, workflows: tuple[Workflow, ...]) -> Guess:
    """What Coolify runs, or else what a workflow builds."""
    if application.image:
        return Guess(_image(application), "Coolify runs it")
    built = [
        (name, each.file)
        for each in workflows
        for build in each.builds
        for name in build.names
        if "$" not in name
    ]
    return Guess(built[0][0], f"{built[0][1]} builds it") if built else Guess()


def _workflow(workflows: tuple[Workflow, ...], image: str) -> Workflow:
    """First the one that builds the image."""
    builds = [any(image in build.names for build in each.builds) for each in workflows]
    rows = [each.file + ("   builds it" if by else "") for each, by in zip(workflows, builds, strict=True)]
    return workflows[choose("\nWorkflow that builds it", rows, builds.index(True) if any(builds) else 0)]


def platform_guess(platforms: tuple[str, ...], workflow: Workflow) -> Guess:
    """What the registry has, or else what the workflow builds for."""
    if platforms:
        return Guess(platforms[0], f"{LATEST} in the registry is built for it")
    named = [platform for build in workflow.builds for platform in build.platforms if "$" not in platform]
    return Guess(named[0], f"{workflow.file} builds for it") if named else Guess(FALLBACK)


def health_guess(application: Listed) -> Guess:
    """The domain that Coolify routes, with the path that it checks inside."""
    if not application.health:
        return Guess()
    checked = "its health check" if application.health_check else "a path, since its health check is off"
    return Guess(application.health, f"Coolify's domain and {checked}")


async def _guessed(guess: Guess, question: str, form: Form) -> str:
    return await fitting(lambda: guess.asked(question), form)


# --- the registry


async def _platforms(values: Values, image: str) -> tuple[str, ...]:
    """Those of `latest`; none where the registry has or tells none.

    One that shows fisk nothing is asked with a user and a token, if there are any.
    """

    async def look(systems: Systems) -> tuple[str, ...]:
        found = await systems.registry.image(image, LATEST)
        return found.platforms if found else ()

    try:
        return await told(values, look)
    except errors.Unauthorized as error:
        show(f"✗ {error}")
    except errors.SystemFailure as error:
        show(f"○ {error}")
        return ()

    async def tried(user: str) -> tuple[str, ...]:
        return await told(values, look) if user else ()

    return await answered(lambda: _credentials(values, image), tried)


def _credentials(values: Values, image: str) -> str:
    """The user; empty where somebody goes on without."""
    show(f"A private image needs a user and a token; of GHCR one with read:packages: {PACKAGES}")
    user = ask("Registry user (Enter: go on without)", values.get("FISK_REGISTRY_USER"), optional=True)
    values.set("FISK_REGISTRY_USER", user)
    if user:
        values.set("FISK_REGISTRY_HOST", split(image)[0])
        values.set("FISK_REGISTRY_PASSWORD", ask_secret("Registry token"))
    return user
