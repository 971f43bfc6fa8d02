"""How an operation ended, the truth first, then what to do next: a module for each group of verbs."""

from __future__ import annotations

from bot.wording.outcome import builder, builds, deploys, ends, env
from bot.wording.outcome.deploys import release_notes
from bot.wording.outcome.telling import offers, told

__all__ = ["builder", "builds", "deploys", "ends", "env", "offers", "release_notes", "told"]
