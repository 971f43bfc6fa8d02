"""The ends that every kind of operation can have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.registry import log, outcome_offers, outcome_text
from commands.deploys import carried
from deploy.core.outcomes import Abandoned, Cancelled, Completed, Failed, Refused

if TYPE_CHECKING:
    from bot.words.format import Voice
    from deploy.core.model import Offer, Operation


@outcome_text.register(Completed)
def _completed(it: Completed, _operation: Operation, voice: Voice) -> str:
    return f"Done: {voice.say(it.note)}." if it.note else "Done."


@outcome_text.register(Refused)
def _refused(it: Refused, _operation: Operation, voice: Voice) -> str:
    also = "".join(f"\nAlso: {voice.say(each.sentence)}" for each in it.also)
    begun = "" if it.error.sentence.startswith("Not started") else "Not begun: "
    return f"{begun}{voice.failure(it.error)}{also}"


@outcome_text.register(Failed)
def _failed(it: Failed, _operation: Operation, voice: Voice) -> str:
    return f"{voice.failure(it.error)}\nNothing was changed."


@outcome_offers.register(Refused)
@outcome_offers.register(Failed)
def _errors_offers(it: Refused | Failed, operation: Operation) -> tuple[Offer, ...]:
    force = bool(operation.arguments.get("force"))
    return (*carried(it.error.offers, force=force, reason=operation.reason), log(operation))


@outcome_text.register(Cancelled)
def _cancelled(it: Cancelled, _operation: Operation, voice: Voice) -> str:
    return f"Stopped by {voice.person(it.by)} before anything was changed."


@outcome_text.register(Abandoned)
def _abandoned(it: Abandoned, _operation: Operation, voice: Voice) -> str:
    where = f" at step {it.step}" if it.step else ""
    return (
        f"{voice.person(it.by)} took its lock away{voice.say(f'{where} ({it.reason})')}."
        " What it had begun was left as it was: look at Coolify before you deploy again."
    )
