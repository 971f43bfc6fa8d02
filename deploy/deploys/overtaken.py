"""Whether what a button was for is still so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.ask import ask, known
from deploy.core.errors.refusals import Refusal
from deploy.core.model import Offer, Target, short
from deploy.deploys.offers import named, to_deploy, to_go_back
from deploy.deploys.rollback import resolve_release
from deploy.deploys.running import what_runs

if TYPE_CHECKING:
    from deploy.world import World

WITHIN = 10.0  # seconds: a button that cannot be judged is an ordinary line, which the gates judge


class Overtaken(Refusal):
    slug = "overtaken"
    says = "This was for when {target} ran {seen}. It runs {runs} now."
    hint = "Nothing was done."
    target: str
    seen: str
    runs: str


async def runs_now(world: World, target: Target, within: float = WITHIN) -> str:
    """The commit that a target runs, in short form; empty where nobody can say in time."""
    running = known(await ask("Coolify", what_runs(world, target), within))
    return short(running.sha) if running else ""


async def still_deploys(world: World, target: Target, seen: str, ref: str, line: str) -> None:
    """For a button that deploys, drawn when the target ran `seen`. Raises Overtaken, with the button of now."""
    runs = await runs_now(world, target)
    if runs and runs != short(seen):
        asks, label = to_deploy(target.name, ref, runs), f"Deploy {named(ref)} all the same"
        offer = Offer(label, f"{line} --when-ran {runs}", danger=True, asks=asks)
        raise Overtaken(target=target.name, seen=short(seen), runs=runs, offers=(offer,))


async def still_rolls_back(world: World, target: Target, seen: str) -> None:
    """For a button that goes back from `seen`. Raises Overtaken, with the way back from what runs now."""
    runs = await runs_now(world, target)
    if runs and runs != short(seen):
        raise Overtaken(
            target=target.name, seen=short(seen), runs=runs, offers=await _way_back(world, target, runs)
        )


async def _way_back(world: World, target: Target, runs: str) -> tuple[Offer, ...]:
    try:
        release = short((await resolve_release(world, target, "")).commit.sha)
    except errors.FiskError:
        return ()
    line = f"rollback {target.name} {release} --when-ran {runs}"
    asks = to_go_back(target.name, release, runs)
    return (Offer(f"Roll back to {release}", line, danger=True, asks=asks),)
