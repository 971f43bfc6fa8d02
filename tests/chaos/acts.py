"""Whose an act is: which operation was under way on its target, and which bot ran that."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.chaos.history import Act, History, Run

LATE = 0.5  # seconds by which a busy machine may note the arrival of a request too late
ACTING = ("point", "trigger", "restart", "start")


def owner(history: History, act: Act) -> Run | None:
    """The operation that was under way on the act's target when it arrived, and that may do this."""
    run = under_way(history, act.target, act.at)
    if run is None or act.what != "point" or act.sha in {run.sha, set_before(history, run)} or not run.sha:
        return run
    return None


def under_way(history: History, target: str, at: float) -> Run | None:
    """The newest one that covers this moment, or ended only just before."""
    found = [run for run in history.runs if run.target == target and run.began <= at <= run.ended + LATE]
    return found[-1] if found else None


def set_before(history: History, run: Run) -> str:
    """What the target was set to before the operation began; empty where nobody had set it in this history."""
    points = [
        a.sha for a in history.acts if a.what == "point" and a.target == run.target and a.at < run.began
    ]
    return points[-1] if points else history.set_at_first.get(run.target, "")


def runners_of(run: Run, at: float) -> set[str]:
    """Who ran it at that moment, and who did just before."""
    before = [bot for taken, bot in run.runners if taken <= at - LATE]
    just_now = {bot for taken, bot in run.runners if at - LATE < taken <= at + LATE}
    return {*before[-1:], *just_now}


def acts_of(history: History, run: Run) -> list[Act]:
    return [act for act in history.acts if act.what in ACTING and owner(history, act) is run]
