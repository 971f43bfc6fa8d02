"""How builds, jobs and steps end at GitHub, and which of these ends are bad."""

from __future__ import annotations

SUCCESS = "success"
CANCELLED = "cancelled"
DELETED = "deleted"  # fisk's own, for a run that GitHub knows no more
# Where a build, a job or a step ended so, something in it went wrong.
BAD = frozenset({"failure", "timed_out", "startup_failure", "action_required"})
# Nothing was done, and nothing was to be done.
QUIET = frozenset({"skipped", "neutral", "stale"})
# No job of a build that ended so failed, or was stopped.
GOOD = frozenset({SUCCESS, "skipped", "neutral"})


def went_wrong(conclusion: str) -> bool:
    """Whether a build that is over ended badly. A conclusion that fisk does not know is no good end."""
    return conclusion in BAD or conclusion not in {SUCCESS, CANCELLED, DELETED, *QUIET}
