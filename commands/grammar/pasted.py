"""The commit that somebody's text names."""

from __future__ import annotations

from commands.grammar.syntax import bare, is_commit

LEAST = 7  # digits: a shorter word of hex digits is more often something else, as in `bad` or `2026`


def commit_in(text: str) -> str:
    """The first commit, by its digits or by the address of its page; empty where there is none."""
    words = (bare(word).lower() for word in text.replace("|", " ").replace("`", " ").split())
    return next((word for word in words if len(word) >= LEAST and is_commit(word)), "")
