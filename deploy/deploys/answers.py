"""Who answers at a target's health URL, where the answer names a commit: it must be the one that was deployed."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.ask import Unknown, ask
from deploy.core.model import is_sha, short
from deploy.deploys.check_errors import AnsweredByAnother
from deploy.deploys.rollout import path_of

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.deploys.deployers.deployer import Wanted
    from deploy.engine.engine import Op
    from deploy.world import World

COMMIT = re.compile(r"[0-9a-fA-F]{7,40}")


def of_another(version: str, sha: str) -> bool:
    """Whether a version that looks like a commit is not this one; one that does not says nothing."""
    return bool(is_sha(sha) and COMMIT.fullmatch(version)) and not sha.startswith(version.lower())


async def answered_by(world: World, op: Op, target: Target, wanted: Wanted) -> None:
    """Wait until this commit answers: the proxy may lead to the earlier container for a while.

    Raises:
        AnsweredByAnother: another commit goes on answering.
    """
    begun = time.monotonic()
    while version := await other_answer(world, target, wanted.commit):
        if time.monotonic() - begun > world.timeouts.healthy_within:
            raise AnsweredByAnother(
                sha=wanted.sha, path=path_of(target), version=short(version), target=target.name
            )
        await op.report(f"{path_of(target)} is answered by {short(version)} still")
        await op.pause(world.timeouts.poll)


async def other_answer(world: World, target: Target, sha: str) -> str:
    """The other commit that the health answer names; empty where it names this one, or none."""
    if not target.health:
        return ""
    version = (await world.systems.health.probe(target.health)).version.lower()
    return version if of_another(version, sha) and await is_commit(world, version) else ""


async def is_commit(world: World, version: str) -> bool:
    """Whether it is one of the repository's: a date has eight digits, too. By its looks where GitHub does not say."""
    found = await ask("GitHub", _listed(world, version))
    return not version.isdecimal() if isinstance(found, Unknown) else found


async def _listed(world: World, version: str) -> bool:
    try:
        await world.systems.github.commit(version)
    except errors.CommitNotFound:
        return False
    return True
