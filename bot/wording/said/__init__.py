"""What a command answers, in words and with its next steps: a module for each group of verbs."""

from __future__ import annotations

from bot.wording.said import (
    builder,
    builds,
    chain,
    changes,
    deploys,
    doctor,
    env,
    journey,
    notices,
    records,
    runners,
)
from bot.wording.said.saying import Said, said

__all__ = [
    "Said",
    "builder",
    "builds",
    "chain",
    "changes",
    "deploys",
    "doctor",
    "env",
    "journey",
    "notices",
    "records",
    "runners",
    "said",
]
