"""Puts back what ran before a deploy whose checks fail while it bakes, by what the journal has of that deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.model import LATEST, Done, Target, short
from deploy.core.parts import PART
from deploy.core.values import dataclass
from deploy.deploys.arguments import PutBackArguments
from deploy.deploys.bake import not_ours
from deploy.deploys.check_errors import NotGoneBack
from deploy.deploys.deployers.deployer import Pointed, Wanted
from deploy.deploys.gate_report import GateReport
from deploy.deploys.on_github import TELL, GitHubDeployment, close
from deploy.deploys.put_back import put_back
from deploy.deploys.rollout import Before
from deploy.deploys.situation import Resolved
from deploy.redis import codec

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome
    from deploy.engine.engine import Op
    from deploy.engine.snapshot import Snapshot
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a deploy found and did, as its steps say.

    Attributes:
        before: what ran before it.
        latest: whether it was asked for `latest`, which names what fails.
        wanted: what it set.
        known: Coolify's deployments from before its own.
        brought: how many migrations.
        opened: its entry on GitHub's deployments page.
    """

    before: Before
    latest: bool
    wanted: Wanted
    known: tuple[str, ...]
    brought: int
    opened: GitHubDeployment


async def put_back_later(world: World, op: Op) -> Outcome:
    """Under the lock nothing can have begun in between, so it is looked at once more."""
    asked = op.arguments(PutBackArguments)
    target = world.targets.named(asked.target)
    world = world.of(target)
    await op.step("still runs", Done, lambda: _still_runs(world, target, asked))
    it = _earlier(await world.memory.journal.load(asked.deploy), target, asked.ref)
    outcome = await put_back(
        world, op, target, it.before, it.wanted, asked.error, it.known, pin=it.latest, brought=it.brought
    )
    await close(world, op, target, it.wanted, it.opened, "failure")
    return outcome


async def _still_runs(world: World, target: Target, asked: PutBackArguments) -> Done:
    """Raises NotGoneBack."""
    if why := await not_ours(world, target, asked.deploy, asked.digest):
        raise NotGoneBack(sha=short(asked.ref), why=why, target=target.name)
    return Done(f"{short(asked.ref)} does")


def _earlier(deploy: Snapshot, target: Target, sha: str) -> Earlier:
    """By the steps of the deploy, or of its part for this target."""
    part = f"{target.name}{PART}"
    own = {
        step.removeprefix(part): result for step, result in deploy.results.items() if step.startswith(part)
    }
    results = own or deploy.results
    report, asked = codec.load(GateReport, results["gates"]), results.get("resolve")
    return Earlier(
        before=codec.load(Before, results["remember"]),
        latest=asked is not None and codec.load(Resolved, asked).tag == LATEST,
        wanted=Wanted(sha, report.digest, tag=sha, others=report.others),
        known=codec.load(Pointed, results["point"]).known,
        brought=report.migrations.brings,
        opened=codec.load(GitHubDeployment, results[TELL]),
    )
