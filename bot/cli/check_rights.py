"""What `fisk check` tries of the rights that fisk was given, one by one: of its tokens, and of its keys on hosts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from bot.cli.trials import Trial, Without
from deploy.core import errors
from deploy.core.ask import Unknown
from deploy.core.model import Failure
from deploy.core.rights import MISSING
from deploy.deploys.proof import host_image
from deploy.doctor.guard import look_at_guard
from deploy.doctor.rights import GITHUB_RIGHTS, github_right
from deploy.systems.docker import restarting
from deploy.systems.host import may_run

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.doctor.evidence import Evidence
    from deploy.systems.buildkit import BuildKit
    from deploy.systems.runner import RunnerService
    from deploy.systems.ssh import Ssh
    from deploy.world import World

COOLIFY_RIGHTS = {
    "read": "see applications and deployments",
    "read:sensitive": "see the logs of deployments, and copy variables",
    "write": "set the image that is deployed",
    "deploy": "start deployments",
}


# --- GitHub


def of_github(each: Sequence[Evidence]) -> dict[str, Trial]:
    """Each right of the token's in each repository, the usual one first, for the workflows of its targets."""
    trials: dict[str, Trial] = {}
    for number, evidence in enumerate(each):
        name = f"github {evidence.world.systems.github.repository}" if number else "github"
        files = sorted({target.workflow for target in evidence.world.its_targets})
        trials |= {f"{name}: {right}": partial(_github, right, evidence, files) for right in GITHUB_RIGHTS}
    return trials


async def _github(name: str, evidence: Evidence, files: list[str]) -> str | Without:
    right = GITHUB_RIGHTS[name]
    found = [await github_right(evidence, name, file) for file in files]
    if any(isinstance(each, Failure) for each in found):
        if right.needed:
            raise lacking("GitHub", "FISK_GITHUB_TOKEN", name, right.use)
        return Without(f"the token was not given it, so fisk cannot {right.use}; everything else works")
    return _held(right.use, next((each for each in found if isinstance(each, str)), ""))


def lacking(system: str, setting: str, right: str, use: str) -> errors.RightMissing:
    return errors.RightMissing(system=system, setting=setting, right=right, use=use)


def _held(use: str, unsure: str) -> str | Without:
    return Without(f"whether fisk may {use} is not known, because {unsure}") if unsure else f"fisk may {use}"


# --- Coolify


def of_coolify(evidence: Evidence, target: Target) -> dict[str, Trial]:
    """Each ability of the token's, tried on one target: a token has the same for all applications."""
    return {f"coolify: {right}": partial(_coolify, right, evidence, target) for right in COOLIFY_RIGHTS}


async def _coolify(name: str, evidence: Evidence, target: Target) -> str | Without:
    right = (await evidence.rights(target.app)).get(name, MISSING)
    if right.held is False:
        raise lacking("Coolify", "FISK_COOLIFY_TOKEN", name, COOLIFY_RIGHTS[name])
    return _held(COOLIFY_RIGHTS[name], right.why)


# --- hosts


def of_host(name: str, evidence: Evidence, world: World) -> dict[str, Trial]:
    """What fisk looks at there, and what it does there."""
    trials: dict[str, Trial] = {
        f"host {name}: image of {target.name}": partial(_image, world, target)
        for target in world.targets.values()
        if target.host == name and target.kind == "coolify"  # a compose project has a trial of its own
    }
    buildkit, runner = world.systems.buildkit, world.systems.runner
    if buildkit and buildkit.spec.host == name:
        trials[f"host {name}: buildkit"] = partial(_buildkit, buildkit)
        trials[f"host {name}: firewall"] = partial(_firewall, evidence)
        trials[f"host {name}: buildkit restart"] = partial(_restarts_buildkit, buildkit)
    if runner and runner.spec.host == name:
        trials[f"host {name}: runner"] = partial(_runner, runner)
        trials[f"host {name}: runner restart"] = partial(_restarts_runner, runner)
    return trials


async def _image(world: World, target: Target) -> str | Without:
    found = await host_image(world, target)
    if isinstance(found, Unknown):
        return Without(f"which image {target.name} runs is not known, because {found.why}")
    return f"fisk may see which image {target.name} runs" + ("" if found else "; none runs now")


async def _buildkit(buildkit: BuildKit) -> str | Without:
    container = await buildkit.container()
    await buildkit.listening()
    if container is None or not container.running:
        return Without(f"fisk may look, but no container {buildkit.spec.container} runs there")
    await buildkit.workers()
    return "fisk may see BuildKit and ask its workers"


async def _firewall(evidence: Evidence) -> str | Without:
    try:
        await look_at_guard(evidence)
    except errors.HostFailure as error:
        return Without(f"{error} {error.failure.hint} Only `doctor` needs it.")
    return "fisk may see the firewall's rules"


async def _restarts_buildkit(buildkit: BuildKit) -> str | Without:
    return await _acts(buildkit.ssh, restarting(buildkit.spec.container), "restart BuildKit")


async def _runner(runner: RunnerService) -> str:
    return f"fisk may see the runner's service: {(await runner.service()).state}"


async def _restarts_runner(runner: RunnerService) -> str | Without:
    return await _acts(runner.host(), runner.restarting(), "restart the runner")


async def _acts(ssh: Ssh, argv: Sequence[str], use: str) -> str | Without:
    right = await may_run(ssh, argv)
    if right.held is False:
        return Without(f"{right.why}, so fisk cannot {use}; it only looks there")
    return _held(use, right.why)
