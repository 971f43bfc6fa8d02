"""Tests the permissions of fisk's GitHub token, without changing anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from deploy.core import errors
from deploy.core.model import Failure
from deploy.core.rights import HELD, Right
from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.doctor.workflows.repository import FOLDER

if TYPE_CHECKING:
    from deploy.core.model import Build, Runner

# Each right with why the token does not have it, as a text why nobody can tell, or None where it has it.
Found = Failure | str | None
Rights = dict[str, Found]


class Asked(Protocol):
    """What the rights are judged by; the doctor's evidence is one."""

    async def workflow_files(self) -> tuple[str, ...]: ...
    async def builds(self, workflow: str) -> tuple[Build, ...]: ...
    async def may_act(self, workflow: str) -> Right: ...
    async def may_deploy(self) -> Right: ...
    async def may_see_pulls(self) -> Right: ...
    async def runners(self) -> tuple[Runner, ...]: ...


@dataclass(frozen=True, slots=True)
class GitHubRight:
    """`use` is what fisk does with it, `needed` whether it cannot work without."""

    use: str
    tried: Callable[[Asked, str], Awaitable[Right]]
    needed: bool = True


async def github_rights(it: Asked, workflow: str) -> Rights:
    """Those that fisk needs. Raises SystemFailure where something else went wrong."""
    needed = [name for name, right in GITHUB_RIGHTS.items() if right.needed]
    return dict(
        zip(needed, await together(*(github_right(it, name, workflow) for name in needed)), strict=True)
    )


async def github_right(it: Asked, name: str, workflow: str) -> Found:
    """One of GITHUB_RIGHTS. Raises SystemFailure where something else went wrong."""
    try:
        right = await GITHUB_RIGHTS[name].tried(it, workflow)
    except (errors.MissingAbility, errors.Unauthorized) as error:
        return error.failure
    return right.why if right.held is None else None


async def _sees_files(it: Asked, _workflow: str) -> Right:
    """GitHub may hide what a token may not read as if it were not there."""
    if not await it.workflow_files():
        raise _missing(f"it shows nothing in {FOLDER}")
    return HELD


async def _sees_builds(it: Asked, workflow: str) -> Right:
    await it.builds(workflow)
    return HELD


async def _acts(it: Asked, workflow: str) -> Right:
    return _let(await it.may_act(workflow), "acting on builds")


async def _deploys(it: Asked, _workflow: str) -> Right:
    return _let(await it.may_deploy(), "writing deployments")


async def _sees_runners(it: Asked, _workflow: str) -> Right:
    await it.runners()
    return HELD


async def _sees_pulls(it: Asked, _workflow: str) -> Right:
    return _let(await it.may_see_pulls(), "reading pull requests")


def _let(right: Right, what: str) -> Right:
    if right.held is False:
        raise _missing(f"{what} ({right.why})" if right.why else what)
    return right


def _missing(why: str) -> errors.MissingAbility:
    return errors.MissingAbility(system="GitHub", why=why, setting="FISK_GITHUB_TOKEN")


GITHUB_RIGHTS = {
    "contents: read": GitHubRight("read commits and workflow files", _sees_files),
    "actions: read": GitHubRight("see builds and their logs", _sees_builds),
    "actions: write": GitHubRight("rerun, cancel and start builds", _acts),
    "deployments: write": GitHubRight("show on GitHub what runs where", _deploys),
    "administration: read": GitHubRight("see the runners", _sees_runners, needed=False),
    "pull requests: read": GitHubRight("understand `deploy #123`", _sees_pulls, needed=False),
}
