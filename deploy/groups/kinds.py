"""The kind of operation that deploys to a group."""

from __future__ import annotations

from dataclasses import replace

from deploy.core.model import Resource
from deploy.deploys.kinds import APPROVED, DEPLOY, RESOLVE
from deploy.groups.arguments import GroupArguments
from deploy.groups.deploy import deploy
from deploy.groups.outcomes import GroupDeployed, GroupPutBack
from deploy.groups.plan import plan_group


def _targets(it: GroupArguments) -> tuple[Resource, ...]:
    return tuple(Resource("app", name) for name, _ in it.parts)


def _parts(it: GroupArguments) -> tuple[str, ...]:
    return tuple(name for name, _ in it.parts)


GROUP = replace(
    DEPLOY,
    name="group",
    story=deploy,
    arguments=GroupArguments,
    doing="Deploying {group}: {what}",
    busy="is deploying {what}, as {group}",
    steps=tuple(each if each in {RESOLVE, APPROVED} else replace(each, each=True) for each in DEPLOY.steps),
    outcomes=(GroupDeployed, GroupPutBack),
    locks=_targets,
    verb="deploy",
    plan=plan_group,
    parts=_parts,
)
