"""Texts of the outcomes that every kind of operation can have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.registry import log, outcome_offers, outcome_text
from commands.deploys import keeping_options
from deploy.core import errors
from deploy.core.outcomes import Abandoned, Cancelled, Completed, Failed, Refused
from deploy.deploys.arguments import DeployArguments, WaitArguments

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.core.model import Offer, Operation


# Errors whose sentence already says that nothing was begun.
SAY_SO = frozenset(kind.slug for kind in errors.every_error() if kind.says_not_begun)


@outcome_text.register(Completed)
def _completed(it: Completed, _operation: Operation, fmt: Format) -> str:
    return f"Done: {fmt.escape(it.note)}." if it.note else "Done."


@outcome_text.register(Refused)
def _refused(it: Refused, _operation: Operation, fmt: Format) -> str:
    also = "".join(f"\nAlso: {fmt.escape(each.sentence)}" for each in it.also)
    begun = "" if it.error.code in SAY_SO else "Not begun: "
    return f"{begun}{fmt.failure(it.error)}{also}"


@outcome_text.register(Failed)
def _failed(it: Failed, _operation: Operation, fmt: Format) -> str:
    return f"{fmt.failure(it.error)}\n{_stands(it.acted, fmt) or 'Nothing was changed.'}"


@outcome_offers.register(Refused)
@outcome_offers.register(Failed)
def _errors_offers(it: Refused | Failed, operation: Operation) -> tuple[Offer, ...]:
    asked = operation.arguments
    force = isinstance(asked, DeployArguments | WaitArguments) and asked.force
    return (*keeping_options(it.error.offers, force=force, reason=operation.reason), log(operation))


@outcome_text.register(Cancelled)
def _cancelled(it: Cancelled, _operation: Operation, fmt: Format) -> str:
    stopped = f"Stopped by {fmt.person(it.by)}"
    return f"{stopped}. {_stands(it.acted, fmt)}" if it.acted else f"{stopped} before anything was changed."


def _stands(acted: tuple[str, ...], fmt: Format) -> str:
    """That something may have been changed; empty where no step that acts had begun."""
    steps = fmt.escape(", ".join(acted))
    return f"What it had begun stays as it is ({steps}): look there before you ask again." if acted else ""


@outcome_text.register(Abandoned)
def _abandoned(it: Abandoned, _operation: Operation, fmt: Format) -> str:
    where = f" at step {it.step}" if it.step else ""
    return (
        f"{fmt.person(it.by)} took its lock away{fmt.escape(f'{where} ({it.reason})')}."
        " What it had begun was left as it was: look at Coolify before you deploy again."
    )
