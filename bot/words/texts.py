"""Registers the texts of all replies and outcomes, by importing the modules that define them."""

from __future__ import annotations

from bot.words import (  # noqa: F401 (imported for what they register)
    access,
    audit,
    buildkit,
    builds,
    checks,
    deploys,
    doctor,
    env,
    env_outcomes,
    groups,
    history,
    incidents,
    journey,
    line,
    locks,
    logs,
    memory,
    notices,
    outcomes,
    releases,
    replicas,
    replies,
    runner,
    stats,
    stats_picture,
    status,
)
from bot.words.deploys import release_notes
from bot.words.registry import Text, outcome_offers, outcome_text, reply_file, reply_picture, reply_text

__all__ = [
    "Text",
    "outcome_offers",
    "outcome_text",
    "release_notes",
    "reply_file",
    "reply_picture",
    "reply_text",
]
