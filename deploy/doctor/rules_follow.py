"""Targets that follow: fisk deploys what is built, so the workflow that builds it must not."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.doctor.asked import MEMORY, once
from deploy.doctor.rule import Rule
from deploy.doctor.rules_workflow_image import NO_SUCH_FILE, of_file
from deploy.doctor.verdicts import Judgement, broken, holds, unknown
from deploy.releases.follows import following

if TYPE_CHECKING:
    from deploy.core.model import Target  # noqa: TC004 (a dataclass only keeps the name)
    from deploy.doctor.evidence import Evidence
    from deploy.doctor.rules_workflow_image import Workflows  # noqa: TC004 (as above)
    from deploy.doctor.workflows import Deploys
    from deploy.world import World

FIX = (
    "Take the step out of the workflow, as docs/guide/releases.md says, or `follow` out of fisk.toml: else both deploy,"
    " and the workflow past every gate."
)


@dataclass(frozen=True, slots=True)
class Followed:
    """The targets in Coolify that follow, and what the workflows do."""

    targets: tuple[Target, ...]
    workflows: Workflows


def rules(world: World) -> Iterator[Rule]:
    """One for all targets: people switch following on and off."""
    apps = frozenset(target.app for target in world.targets.values() if target.app)
    yield Rule("workflow.alone", "No workflow deploys to a target that follows", _look, partial(alone, apps))


async def _look(it: Evidence) -> Followed:
    targets = await _following(it)
    return Followed(targets, await it.workflows() if targets else ())


@once(MEMORY, "which targets follow")
async def _following(it: Evidence) -> tuple[Target, ...]:
    targets = it.world.its_targets
    how = await together(*(following(it.world, target) for target in targets))
    followed = zip(targets, how, strict=True)
    return tuple(target for target, each in followed if each and target.kind == "coolify")


def alone(apps: frozenset[str], it: Followed) -> Judgement:
    """An address that names another application is none of a target's."""
    if not it.targets:
        return holds("no target follows")
    asked = [told for target in it.targets for told in _asking(target, it.workflows, apps)]
    if both := [told for told, doubt in asked if not doubt]:
        return broken("; ".join(both), FIX)
    if asked:
        return unknown("; ".join(f"{told}, but {doubt}" for told, doubt in asked), FIX)
    return holds(f"{', '.join(target.name for target in it.targets)}: fisk alone deploys it")


def _asking(target: Target, workflows: Workflows, apps: frozenset[str]) -> Iterator[tuple[str, str]]:
    """What has Coolify deploy a target, and why that is not certain; empty where it is."""
    workflow = of_file(target.workflow, workflows)
    follows = f"{target.name} follows"
    if workflow is NO_SUCH_FILE or workflow.why_unknown:
        yield f"{follows}, built by {target.workflow}", workflow.why_unknown or "there is no such file"
    for each, file in _deploying(target, workflows):
        if _is_about(target, each, apps):
            told = f"{follows}, and {file}, job {each.job}, step {each.step} asks Coolify ({each.asks})"
            yield told, each.doubt


def _deploying(target: Target, workflows: Workflows) -> Iterator[tuple[Deploys, str]]:
    """What has Coolify deploy after a build of a target, or when that is pushed; with its file."""
    for workflow in workflows:
        for each in workflow.deploys:
            if workflow.file == target.workflow or each.ordinary:
                yield each, workflow.file


def _is_about(target: Target, each: Deploys, apps: frozenset[str]) -> bool:
    """Whether it may be this target's application: an address that nobody can resolve may be any."""
    named = {app for app in apps if app in each.asks}
    return not named or target.app in named
