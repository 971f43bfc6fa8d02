"""What fisk's record says of a target: the deploys and ways back that acted, and what became of each. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from deploy.core.model import Commit
from deploy.core.outcomes import Cancelled
from deploy.core.values import dataclass
from deploy.deploys.arguments import SHIPS
from deploy.deploys.outcomes import Deployed, PutBack
from deploy.engine.snapshot import begun

if TYPE_CHECKING:
    from deploy.engine.snapshot import Snapshot

ACTS = frozenset({"point", "trigger"})  # the first steps of both that change the target
LATER = "put back"  # the kind that takes a deploy back whose checks failed later

End = Literal["runs", "put back", "broken"]


@dataclass(frozen=True, slots=True)
class Shipped:
    """A deploy, or a way back, that acted. Times are the store's, in seconds.

    Attributes:
        at: when it was over.
        end: `broken` where neither the new nor the old was proven to run.
        back: whether it went back to an earlier commit.
        commits: those that it brought, by GitHub.
        failing: since when it failed, and `restored`: when the target ran well again; 0: it did not.
    """

    operation: str
    at: float
    end: End
    back: bool = False
    commits: tuple[Commit, ...] = ()
    failing: float = 0
    restored: float = 0


def shipped(snapshot: Snapshot) -> Shipped | None:
    """What came of an operation; None where it is none of these, changed nothing, or somebody cancelled it."""
    operation, outcome = snapshot.operation, snapshot.outcome
    if operation.kind == LATER:
        return _later(snapshot)
    if operation.kind not in SHIPS or ACTS.isdisjoint(begun(snapshot)):
        return None
    if isinstance(outcome, Cancelled) or (isinstance(outcome, PutBack) and outcome.cancelled):
        return None
    back, at = operation.kind == "rollback", snapshot.finished
    if isinstance(outcome, Deployed):
        return Shipped(operation.id, at, "runs", back or outcome.going_back, outcome.commits)
    restored = at if isinstance(outcome, PutBack) and outcome.healthy else 0
    return Shipped(operation.id, at, "put back" if restored else "broken", back, (), at, restored)


def _later(snapshot: Snapshot) -> Shipped | None:
    """What ran before runs again: a way back from a deploy that failed after it was over."""
    outcome = snapshot.outcome
    if not (isinstance(outcome, PutBack) and outcome.healthy):
        return None
    return Shipped(snapshot.operation.id, snapshot.finished, "runs", back=True)


def changes(found: Iterable[Shipped]) -> tuple[Shipped, ...]:
    """The deploys without the ways back, oldest first: a deploy from which somebody went back has failed, too.

    It counts as failing from when it ran, since nobody tells fisk when it began to; what was broken is restored by
    whatever runs next.
    """
    made: list[Shipped] = []
    for each in sorted(found, key=lambda each: each.at):
        if each.end == "runs":
            _settle(made, each)
        if not each.back:
            made.append(each)
    return tuple(made)


def _settle(made: list[Shipped], later: Shipped) -> None:
    """What runs now restores what was broken; where nothing was, a way back is one from what ran before."""
    restores = False
    for number in reversed(range(len(made))):
        it = made[number]
        if it.end == "broken" and not it.restored:
            made[number], restores = replace(it, restored=later.at), True
        elif it.end == "runs":
            if later.back and not it.failing and not restores:
                made[number] = replace(it, failing=it.at, restored=later.at)
            return
