"""The wording of GitHub's conclusions, in each form that a sentence needs."""

from __future__ import annotations

from deploy.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One conclusion.

    Attributes:
        brief: in a list or beside a commit: `cancelled in 3 min`.
        clause: as a predicate of a sentence: `was cancelled`.
        explained: likewise, with what it means for the person who pushed; by default the clause.
        ended: of a build that is the subject: `build of 3f2a1b9 succeeded`; by default the brief form.
        mark: in front of a line.
    """

    brief: str
    clause: str
    explained: str = ""
    ended: str = ""
    mark: str = "✗"


CONCLUSIONS = {
    "success": Words("built", "built", ended="succeeded", mark="✓"),
    "failure": Words("failed", "failed"),
    "cancelled": Words("cancelled", "was cancelled"),
    "timed_out": Words("ran out of time", "ran out of time"),
    "skipped": Words("skipped", "was skipped", mark="○"),
    "startup_failure": Words(
        "failed to start",
        "failed to start",
        explained="could not start: GitHub does not accept the workflow file",
    ),
    "action_required": Words(
        "ended for want of an approval",
        "ended for want of an approval",
        explained="waits for somebody's approval on GitHub",
    ),
    "deleted": Words("gone from GitHub", "is gone from GitHub"),
}


def brief(conclusion: str) -> str:
    known = CONCLUSIONS.get(conclusion)
    return known.brief if known else _other(conclusion)


def clause(conclusion: str) -> str:
    known = CONCLUSIONS.get(conclusion)
    return known.clause if known else _other(conclusion)


def explained(conclusion: str) -> str:
    known = CONCLUSIONS.get(conclusion)
    return (known.explained or known.clause) if known else _other(conclusion)


def ended(conclusion: str) -> str:
    known = CONCLUSIONS.get(conclusion)
    return (known.ended or known.brief) if known else plain(conclusion)


def mark(conclusion: str) -> str:
    """The mark of a conclusion; `○` without one: never begun."""
    known = CONCLUSIONS.get(conclusion)
    return known.mark if known else "✗" if conclusion else "○"


def plain(conclusion: str) -> str:
    """GitHub's own word, for a job or a step."""
    return conclusion.replace("_", " ")


def _other(conclusion: str) -> str:
    return f"ended as {plain(conclusion) or 'nothing known'}"
