"""How an operation ends, a module for each group of verbs. No prose: bot/words has that."""

from __future__ import annotations

from deploy.core.outcomes.builder import (
    BuildKitDown,
    BuildKitPutBack,
    BuildKitRestarted,
    RunnerDown,
    RunnerRestarted,
)
from deploy.core.outcomes.builds import BuildRunsAgain, BuildStarted, BuildStopped, BuildUnsure
from deploy.core.outcomes.deploys import Deployed, NotPutBack, PutBack
from deploy.core.outcomes.ends import Abandoned, Cancelled, Completed, Failed, Refused
from deploy.core.outcomes.env import EnvCopied, EnvHalf, EnvPutBack
from deploy.core.outcomes.outcome import Outcome, Status

__all__ = [
    "ENDS",
    "Abandoned",
    "BuildKitDown",
    "BuildKitPutBack",
    "BuildKitRestarted",
    "BuildRunsAgain",
    "BuildStarted",
    "BuildStopped",
    "BuildUnsure",
    "Cancelled",
    "Completed",
    "Deployed",
    "EnvCopied",
    "EnvHalf",
    "EnvPutBack",
    "Failed",
    "NotPutBack",
    "Outcome",
    "PutBack",
    "Refused",
    "RunnerDown",
    "RunnerRestarted",
    "Status",
]

ENDS: tuple[type[Outcome], ...] = (Completed, Refused, Failed, Cancelled, Abandoned)
