"""The kinds of operations that bring to one target what another one has run, or what was just built."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.deploys.kinds import DEPLOY
from deploy.releases.arguments import FollowArguments, PromoteArguments
from deploy.releases.follow import follow
from deploy.releases.plan import plan_follow, plan_promote
from deploy.releases.promote import promote

if TYPE_CHECKING:
    from deploy.core.model import Actor, Origin

PROMOTE = replace(
    DEPLOY,
    name="promote",
    story=promote,
    arguments=PromoteArguments,
    doing="Promoting[ {what}] from {source} to {target}",
    busy="is promoting[ {what}] from {source} to {target}",
    plan=plan_promote,
)


def _by(it: FollowArguments) -> tuple[Actor, Origin]:
    """Nobody types it: whoever switched it on answers for it."""
    return it.by, it.where


FOLLOW = replace(
    DEPLOY,
    name="follow",
    story=follow,
    arguments=FollowArguments,
    doing="Deploying {what} to {target}, which follows {branch}[; pushed by {pushed}]",
    busy="is deploying {what} to {target}, which follows {branch}",
    verb="deploy",
    plan=plan_follow,
    by=_by,
)
