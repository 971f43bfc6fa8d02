"""Everything that fisk says, with nasty text in each field."""

from __future__ import annotations

from dataclasses import fields
from random import Random
from typing import get_type_hints

from bot.words import notices
from bot.words.progress import beginning, headline, step_lines
from bot.words.texts import outcome_offers, outcome_text, release_notes, reply_text
from bot.words.timeline import Timeline
from commands.help import HelpText
from deploy.core.errors import every_error
from deploy.notices.policy import Notice
from tests.bot.anything import OUTCOMES, names
from tests.bot.words.test_is_whole import replies
from tests.fuzz import checks
from tests.fuzz.values import of, operation

REPLIES = tuple(kind for kind in replies() if kind is not HelpText)  # whose words are all fisk's own
ERRORS = tuple(every_error())


async def case(random: Random) -> None:
    random.choice((_reply, _outcome, _live, _notice, _error))(random)


def _reply(random: Random) -> None:
    reply = of(random, random.choice(REPLIES))
    for fmt in checks.VIEWS:
        checks.said(*reply_text(reply, fmt), fmt)


def _outcome(random: Random) -> None:
    outcome, whose = of(random, random.choice(OUTCOMES)), operation(random)
    for fmt in checks.VIEWS:
        told = f"{outcome_text(outcome, whose, fmt)}\n{release_notes(outcome, fmt)}"
        checks.said(told, outcome_offers(outcome, whose), fmt)


def _live(random: Random) -> None:
    whose, timeline = operation(random), of(random, Timeline)
    for fmt in checks.VIEWS:
        told = [
            headline(whose, timeline, whose.created, fmt),
            *step_lines(whose, timeline, fmt),
            beginning(whose, fmt),
        ]
        checks.said("\n".join(told), (), fmt)


def _notice(random: Random) -> None:
    notice = of(random, Notice)
    for fmt in checks.VIEWS:
        told = f"{notices.notice_text(notice, fmt)}\n{notices.reminder(notice, fmt)}"
        checks.said(told, notices.offers(notice), fmt)


def _error(random: Random) -> None:
    kind = random.choice(ERRORS)
    types = get_type_hints(kind, localns=names(kind.__module__))
    error = kind(
        **{each.name: of(random, types[each.name]) for each in fields(kind) if each.name != "offers"}
    )
    for fmt in checks.VIEWS:
        checks.said(fmt.failure(error.failure), error.failure.offers, fmt)
