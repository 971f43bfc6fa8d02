"""What a command answers, in words and with its next steps: a module for each group of verbs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from bot.wording.said import saying
from bot.wording.said.saying import Said

if TYPE_CHECKING:
    from bot.wording.voice import Voice
    from commands.replies import Reply

__all__ = ["Said", "said"]

# Which modules here have words for the replies of a module of commands/; loaded with the first of those replies.
WORDS = {
    "commands.builder": ("builder",),
    "commands.doctor": ("doctor",),
    "commands.incidents": ("changes",),
    "commands.notify": ("notices",),
    "commands.replies": ("deploys", "records"),
    "commands.replies.chain": ("builds", "chain", "journey", "runners"),
    "commands.replies.env": ("env",),
}


def said(reply: Reply, voice: Voice) -> Said:
    """A reply's text and offers."""
    for module in WORDS[type(reply).__module__]:
        import_module(f"bot.wording.said.{module}")
    return saying.said(reply, voice)
