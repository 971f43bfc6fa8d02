"""What a command answers, in words and with its next steps: a module for each group of verbs."""

from __future__ import annotations

from bot.wording.said import changes, deploys, doctor, env, notices, records
from bot.wording.said.saying import Said, said

__all__ = ["Said", "changes", "deploys", "doctor", "env", "notices", "records", "said"]
