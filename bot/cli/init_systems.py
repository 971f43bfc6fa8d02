"""What `fisk init` asks for GitHub and Coolify: where they are, and tokens that may do what fisk does."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

import click

from bot.app.systems import open_systems
from bot.cli.check_rights import COOLIFY_RIGHTS, lacking
from bot.cli.main import show
from bot.cli.pages import coolify_api, coolify_tokens, github_tokens
from bot.cli.prompts import answered, ask, ask_secret
from deploy.core import errors
from deploy.core.model import Failure
from deploy.core.rights import MISSING
from deploy.doctor.rights import GITHUB_RIGHTS, github_right
from deploy.doctor.workflows.repository import FOLDER, workflows_of

if TYPE_CHECKING:
    from bot.cli.init_files import Values
    from deploy.core.coolify_model import Listed
    from deploy.core.model import Build, Runner
    from deploy.core.rights import Right
    from deploy.doctor.workflows.model import Workflow
    from deploy.systems.github import GitHub
    from deploy.world import Systems

T = TypeVar("T")
TICKS = (
    "Tick Deploy first: it clears the other ticks. Expires in: 30 days, unless you choose longer; without a token fisk"
    " can do nothing there."
)
GITHUB_COM = "https://github.com/"
NAME = re.compile(r"[\w.-]+/[\w.-]+")
TOKEN = {
    "name": "fisk",
    "contents": "read",
    "actions": "write",
    "deployments": "write",
    "administration": "read",
    "pull_requests": "read",
}


async def told(values: Values, question: Callable[[Systems], Awaitable[T]]) -> T:
    """The answer of the systems that are set so far. Raises errors.FiskError."""
    async with AsyncExitStack() as stack:
        return await question(open_systems(values.settings(), lambda *_: None, stack))


# --- GitHub


def repository_of(text: str) -> str:
    """`OWNER/NAME`, of its address as well. Raises click.BadParameter, which repeats nothing: it may be a token."""
    name = text.strip().removeprefix(GITHUB_COM).removesuffix(".git").strip("/")
    if not NAME.fullmatch(name):
        raise click.BadParameter("that is no OWNER/NAME.")
    return name


async def ask_github(values: Values) -> tuple[Workflow, ...]:
    """The repository's workflows, read with a token that may do what fisk does."""

    def asked() -> None:
        before = values.get("FISK_GITHUB_REPOSITORY")
        repository = ask("\nGitHub repository, OWNER/NAME", before, read=repository_of)
        values.set("FISK_GITHUB_REPOSITORY", repository)
        query = urlencode({**TOKEN, "target_name": repository.partition("/")[0]})
        show(f"A token for this repository: {github_tokens(values.settings())}/new?{query}")
        values.set("FISK_GITHUB_TOKEN", ask_secret("GitHub token", values.get("FISK_GITHUB_TOKEN")))

    async def tried(systems: Systems) -> tuple[Workflow, ...]:
        found = await systems.github.identity()
        workflows = await _workflows(systems.github)
        values.set("FISK_GITHUB_REPOSITORY", found.name)
        values.set("FISK_GITHUB_BRANCH", found.branch or systems.github.branch)
        show(f"✓ {found.name}, branch {values.get('FISK_GITHUB_BRANCH')}, {len(workflows)} workflows")
        return workflows

    return await answered(asked, lambda _: told(values, tried))


async def _workflows(github: GitHub) -> tuple[Workflow, ...]:
    """Raises errors.RightMissing for what the token lacks, errors.NotThere where there is no workflow."""
    workflows = await workflows_of(github, lambda: github.files(FOLDER))
    if not workflows:
        raise errors.NotThere(system="GitHub", what=f"{FOLDER} in {github.repository} that this token shows")
    first = next((each for each in workflows if each.builds), workflows[0])
    it = _Asked(github, tuple(each.path for each in workflows))
    needed = [name for name, right in GITHUB_RIGHTS.items() if right.needed]
    missing = [name for name in needed if isinstance(await github_right(it, name, first.file), Failure)]
    if missing:
        uses = " and ".join(GITHUB_RIGHTS[name].use for name in missing)
        raise lacking("GitHub", "FISK_GITHUB_TOKEN", ", ".join(missing), uses)
    return workflows


class _Asked:
    """What a token's rights are judged by, before there is a world to gather evidence in."""

    def __init__(self, github: GitHub, files: tuple[str, ...]) -> None:
        self._github = github
        self._files = files
        self.may_act, self.may_deploy = github.may_act, github.may_deploy

    async def workflow_files(self) -> tuple[str, ...]:
        return self._files

    async def builds(self, workflow: str) -> tuple[Build, ...]:
        return await self._github.builds(workflow, limit=1)

    async def may_see_pulls(self) -> Right:
        return await self._github.may_see_pulls()

    async def runners(self) -> tuple[Runner, ...]:
        return await self._github.runners()


# --- Coolify


async def ask_coolify(values: Values) -> tuple[Listed, ...]:
    """Its applications, with a token that may do what fisk does."""

    def asked() -> None:
        usual = values.settings().coolify_url
        values.set("FISK_COOLIFY_URL", ask("\nCoolify's address, from here", usual).rstrip("/"))
        settings = values.settings()
        show(
            f"A token with {', '.join(COOLIFY_RIGHTS)}: {coolify_tokens(settings)}"
            f" (the API is switched on at {coolify_api(settings)}).\n{TICKS}"
        )
        values.set("FISK_COOLIFY_TOKEN", ask_secret("Coolify token", values.get("FISK_COOLIFY_TOKEN")))

    async def tried(systems: Systems) -> tuple[Listed, ...]:
        found = await systems.coolify.applications()
        if not found:
            raise errors.NotThere(system="Coolify", what="application that this token shows")
        rights = await systems.coolify.rights(found[0].uuid)
        if missing := [name for name in COOLIFY_RIGHTS if rights.get(name, MISSING).held is False]:
            uses = " and ".join(COOLIFY_RIGHTS[name] for name in missing)
            raise lacking("Coolify", "FISK_COOLIFY_TOKEN", ", ".join(missing), uses)
        return found

    return await answered(asked, lambda _: told(values, tried))
