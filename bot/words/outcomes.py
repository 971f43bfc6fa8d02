"""Texts of the outcomes that every kind of operation can have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.news import NOT_STARTED, about, subject
from bot.words.registry import log, outcome_offers, outcome_text
from commands.deploys import keeping_options
from deploy.core.outcomes import Abandoned, Cancelled, Completed, Failed, Refused
from deploy.deploys.arguments import DeployArguments, LaterArguments, WaitArguments

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.core.model import Offer, Operation


@outcome_text.register(Completed)
def _completed(it: Completed, operation: Operation, fmt: Format) -> str:
    return fmt.escape(f"{subject(operation)}: {it.note}." if it.note else f"{subject(operation)}: done.")


@outcome_text.register(Refused)
def _refused(it: Refused, operation: Operation, fmt: Format) -> str:
    also = "".join(f"\nAlso: {fmt.escape(each.sentence)}" for each in it.also)
    why = fmt.failure(it.error).removeprefix(NOT_STARTED)
    return f"{fmt.escape(subject(operation))}: not started: {why}{also}"


@outcome_text.register(Failed)
def _failed(it: Failed, operation: Operation, fmt: Format) -> str:
    told = about(fmt.escape(subject(operation)), fmt.failure(it.error))
    return f"{told}\n{_stands(it.acted, fmt) or 'Nothing was changed.'}"


@outcome_offers.register(Refused)
@outcome_offers.register(Failed)
def _errors_offers(it: Refused | Failed, operation: Operation) -> tuple[Offer, ...]:
    asked = operation.arguments
    force = isinstance(asked, DeployArguments | WaitArguments | LaterArguments) and asked.force
    return (*keeping_options(it.error.offers, force=force, reason=operation.reason), log(operation))


@outcome_text.register(Cancelled)
def _cancelled(it: Cancelled, operation: Operation, fmt: Format) -> str:
    stopped = f"{fmt.escape(subject(operation))}: stopped by {fmt.person(it.by)}"
    return f"{stopped}.\n{_stands(it.acted, fmt)}" if it.acted else f"{stopped} before anything was changed."


def _stands(acted: tuple[str, ...], fmt: Format) -> str:
    """That something may have been changed; empty where no step that acts had begun."""
    steps = fmt.escape(", ".join(acted))
    return f"What it had begun stays as it is ({steps}): look there before you ask again." if acted else ""


@outcome_text.register(Abandoned)
def _abandoned(it: Abandoned, operation: Operation, fmt: Format) -> str:
    where = f" at step {it.step}" if it.step else ""
    return (
        f"{fmt.escape(subject(operation))}: {fmt.person(it.by)} took its lock away"
        f"{fmt.escape(f'{where} ({it.reason})')}."
        "\nWhat it had begun was left as it was: look at Coolify before you deploy again."
    )
