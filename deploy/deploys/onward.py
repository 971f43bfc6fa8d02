"""Where what was just deployed may go next: the targets whose `after` names this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.ask import ask, known
from deploy.core.model import Target, short
from deploy.core.together import together
from deploy.core.values import dataclass
from deploy.deploys.running import what_runs

if TYPE_CHECKING:
    from deploy.world import World

WITHIN = 3.0  # seconds: the outcome must not wait longer for what a button shows


@dataclass(frozen=True, slots=True)
class Onward:
    """A target, and the commit that it ran then, in short form; empty where nobody could say."""

    target: str
    runs: str = ""


async def onward(world: World, target: Target) -> tuple[Onward, ...]:
    """Never raises for a system."""
    named = [each for each in world.targets.values() if each.after and each.after.target == target.name]
    return tuple(await together(*(_onward(world, each) for each in named)))


async def _onward(world: World, target: Target) -> Onward:
    running = known(await ask("Coolify", what_runs(world, target), WITHIN))
    return Onward(target.name, short(running.sha) if running else "")
