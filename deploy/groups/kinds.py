"""The kind of operation that deploys to a group."""

from __future__ import annotations

from dataclasses import replace

from deploy.core.model import Resource
from deploy.deploys.kinds import DEPLOY
from deploy.groups.arguments import GroupArguments
from deploy.groups.deploy import deploy
from deploy.groups.outcomes import GroupDeployed, GroupPutBack
from deploy.groups.plan import plan_group


def _targets(it: GroupArguments) -> tuple[Resource, ...]:
    return tuple(Resource("app", name) for name, _ in it.parts)


GROUP = replace(
    DEPLOY,
    name="group",
    story=deploy,
    arguments=GroupArguments,
    doing="Deploying {group}: {what}",
    busy="is deploying {what}, as {group}",
    outcomes=(GroupDeployed, GroupPutBack),
    locks=_targets,
    verb="deploy",
    plan=plan_group,
)
