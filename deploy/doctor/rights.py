"""Tests the permissions of fisk's GitHub token, without changing anything."""

from __future__ import annotations

from collections.abc import Awaitable

from deploy.core import errors
from deploy.core.model import Failure
from deploy.core.rights import HELD, Right
from deploy.core.together import together
from deploy.doctor.evidence import FOLDER, Evidence

# Each right with why the token does not have it, as a text why nobody can tell, or None where it has it.
Rights = dict[str, Failure | str | None]


async def github_rights(it: Evidence, workflow: str) -> Rights:
    """Those that fisk needs. Raises SystemFailure where something else went wrong."""
    tried = {
        "contents: read": _sees_files(it),
        "actions: read": _sees_builds(it, workflow),
        "actions: write": _let(it.may_act(workflow), "acting on builds"),
        "deployments: write": _let(it.may_deploy(), "writing deployments"),
    }
    return dict(zip(tried, await together(*map(_tried, tried.values())), strict=True))


async def _sees_files(it: Evidence) -> Right:
    """GitHub may hide what a token may not read as if it were not there."""
    if not await it.workflows():
        raise _missing(f"it shows nothing in {FOLDER}")
    return HELD


async def _sees_builds(it: Evidence, workflow: str) -> Right:
    await it.builds(workflow)
    return HELD


async def _let(asking: Awaitable[Right], what: str) -> Right:
    right = await asking
    if right.held is False:
        raise _missing(f"{what} ({right.why})" if right.why else what)
    return right


def _missing(why: str) -> errors.MissingAbility:
    return errors.MissingAbility(system="GitHub", why=why, setting="FISK_GITHUB_TOKEN")


async def _tried(asking: Awaitable[Right]) -> Failure | str | None:
    """Why the token may not, or why nobody can tell; what else went wrong is raised."""
    try:
        right = await asking
    except (errors.MissingAbility, errors.Unauthorized) as error:
        return error.failure
    return right.why if right.held is None else None
