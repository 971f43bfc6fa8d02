"""Tests the permissions of fisk's GitHub token, without changing anything."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.model import Failure
from deploy.doctor.evidence import FOLDER

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from deploy.doctor.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Rights:
    """Each right with why the token does not have it, or None where it does."""

    of: dict[str, Failure | None]


async def github_rights(it: Evidence, workflow: str) -> Rights:
    """Those that fisk needs. Raises SystemFailure where something else went wrong."""
    tried = {
        "contents: read": _sees_files(it),
        "actions: read": it.builds(workflow),
        "actions: write": _let(it.may_act(workflow), "acting on builds"),
        "deployments: write": _let(it.may_deploy(), "writing deployments"),
    }
    found = await asyncio.gather(*(_why_not(asking) for asking in tried.values()))
    return Rights(dict(zip(tried, found, strict=True)))


async def _sees_files(it: Evidence) -> None:
    """GitHub may hide what a token may not read as if it were not there."""
    if not await it.workflows():
        raise _missing(f"it shows nothing in {FOLDER}")


async def _let(asking: Awaitable[bool], what: str) -> None:
    if not await asking:
        raise _missing(what)


def _missing(why: str) -> errors.MissingAbility:
    return errors.MissingAbility(system="GitHub", why=why, setting="FISK_GITHUB_TOKEN")


async def _why_not(asking: Awaitable[object]) -> Failure | None:
    """Why the token may not; what else went wrong is raised."""
    try:
        await asking
    except (errors.MissingAbility, errors.Unauthorized) as error:
        return error.failure
    return None
