"""GitHub's conclusions of builds, jobs and steps, and which of them are failures."""

from __future__ import annotations

SUCCESS = "success"
CANCELLED = "cancelled"
DELETED = "deleted"  # fisk's own, for a run that GitHub has deleted
# Failures of a build, a job or a step.
BAD = frozenset({"failure", "timed_out", "startup_failure", "action_required"})
# There was nothing to do.
QUIET = frozenset({"skipped", "neutral", "stale"})
# No job of such a build failed or was cancelled.
GOOD = frozenset({SUCCESS, "skipped", "neutral"})


def went_wrong(conclusion: str) -> bool:
    """Whether a finished build failed. An unknown conclusion counts as a failure."""
    return conclusion in BAD or conclusion not in {SUCCESS, CANCELLED, DELETED, *QUIET}
