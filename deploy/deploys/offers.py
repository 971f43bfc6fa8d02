"""Next steps that change what runs, with what is asked before: what runs, and what will. Pure.

Commits are in short form; `runs` is empty where nobody can say what runs.
"""

from __future__ import annotations

from deploy.core.model import Dialog, Offer, is_sha, short
from deploy.core.units import cut, plural
from deploy.deploys.migrations import NONE, Migrations

WHY = 120  # characters of why migrations are not known, in a dialog
GATES, GATE = 2, 100  # how many gates a dialog names, and the characters that each gets


def deploying(
    label: str, sha: str, target: str, runs: str = "", ahead: int = 0, found: Migrations = NONE
) -> Offer:
    """A deploy that is refused where something else runs by then."""
    seen = f" --when-ran {runs}" if runs else ""
    return Offer(label, f"deploy {sha} --to {target}{seen}", asks=to_deploy(target, sha, runs, ahead, found))


def to_deploy(target: str, ref: str, runs: str = "", ahead: int = 0, found: Migrations = NONE) -> Dialog:
    """`ahead`: how many commits it is ahead of what runs; 0 where that is not known. `found`: what lies between."""
    name = named(ref)
    later = f", {plural(ahead, 'commit')} later" if ahead else ""
    question = f"{target} runs {runs}. Deploy {name}{later}?"
    if not runs:
        question = f"Deploy {name} to {target}, in place of what runs there?"
    elif runs == name:
        question = f"{target} runs {runs} already. Deploy it again?"
    return Dialog(question + _between(found), f"Deploy {name}", keep(runs))


def promoting(source: str, target: str, sha: str, runs: str = "", label: str = "") -> Offer:
    """A promotion that is refused where either of the two runs something else by then."""
    seen = f" --when-ran {runs}" if runs else ""
    line = f"promote {source} {target} --of {sha}{seen}"
    return Offer(label or f"Promote to {target}", line, asks=to_deploy(target, sha, runs))


def to_go_back(target: str, sha: str, runs: str = "", commits: int = 0, found: Migrations = NONE) -> Dialog:
    """`commits`: how many are between the two; 0 where that is not known. `found`: what lies between."""
    earlier = f", {plural(commits, 'commit')} earlier" if commits else ""
    question = f"{target} runs {runs}. Go back to {sha}{earlier}?"
    if not runs:
        question = f"Go back to {sha} in {target}, from what runs there?"
    return Dialog(question + _between(found), f"Roll back to {sha}", keep(runs))


def _between(found: Migrations) -> str:
    if found.why:
        return f" {found.told[0].upper()}{cut(found.told[1:], WHY)}."
    return f" It {found.told}." if found.told else ""


def although(refused: tuple[str, ...], target: str, ref: str, runs: str = "") -> Dialog:
    """For what goes past gates: `refused` are their sentences, of which the first two fit."""
    more = f" And {plural(len(refused) - GATES, 'more gate')}." if len(refused) > GATES else ""
    told = " ".join(cut(each, GATE) for each in refused[:GATES])
    name = named(ref)
    return Dialog(f"{told}{more} Deploy {name} to {target} all the same?", f"Deploy {name}", keep(runs))


def keep(runs: str) -> str:
    """What no leaves."""
    return f"Keep {runs}" if runs else "Keep what runs"


def named(ref: str) -> str:
    return short(ref) if is_sha(ref) else ref
