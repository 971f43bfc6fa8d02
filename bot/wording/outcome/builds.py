"""How operations on builds ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.wording.outcome.telling import log, offers, told
from deploy.model import Offer, Operation, short
from deploy.outcomes.builds import BuildRunsAgain, BuildStarted, BuildStopped, BuildUnsure

if TYPE_CHECKING:
    from bot.wording.voice import Voice

STATES = {"in_progress": "it is under way", "completed": "it is over already"}


@told.register(BuildRunsAgain)
def _again(it: BuildRunsAgain, _operation: Operation, voice: Voice) -> str:
    what = "What failed of the build" if it.failed_only else "The build"
    return voice.say(
        f"{what} of {short(it.sha)} runs again as attempt {it.attempt}; {_state(it.state)}. {it.url}"
    )


@told.register(BuildStopped)
def _stopped(it: BuildStopped, _operation: Operation, voice: Voice) -> str:
    first = f"Stopped the build of {short(it.sha)}."
    if it.conclusion != "cancelled":
        ended = it.conclusion.replace("_", " ")
        first = f"The build of {short(it.sha)} ended before it could be stopped: {ended}."
    why = f"It does not run again: {it.error.sentence} {it.error.hint}".rstrip() if it.error else ""
    return voice.say(" ".join(part for part in (first, why, it.url) if part))


@told.register(BuildStarted)
def _started(it: BuildStarted, _operation: Operation, voice: Voice) -> str:
    how = " without any cache" if it.no_cache else ""
    what = f"Started a build of {short(it.sha)}, the head of {it.branch},{how}".rstrip(",")
    return voice.say(f"{what}; {_state(it.state)}. {it.url}")


@told.register(BuildUnsure)
def _unsure(it: BuildUnsure, _operation: Operation, voice: Voice) -> str:
    lost = f" Its answer was lost: {it.lost}" if it.lost else ""
    return voice.say(f"{it.error.sentence}{lost} It may come yet. {it.error.hint}")


def _state(state: str) -> str:
    return STATES.get(state, "it waits for a runner")


@offers.register(BuildRunsAgain)
@offers.register(BuildStarted)
def _then(it: BuildRunsAgain | BuildStarted, operation: Operation) -> tuple[Offer, ...]:
    wait = Offer("Deploy when it is done", f"deploy {short(it.sha)} --wait")
    return (Offer("Show the build", f"build {it.build}"), wait, log(operation))


@offers.register(BuildStopped)
def _run_it(it: BuildStopped, operation: Operation) -> tuple[Offer, ...]:
    if it.conclusion == "success":
        return (Offer("Show the build", f"build {it.build}"), log(operation))
    return (Offer("Rerun", f"build rerun {it.build}"), log(operation))


@offers.register(BuildUnsure)
def _look(it: BuildUnsure, operation: Operation) -> tuple[Offer, ...]:
    line = f"build {it.build}" if it.build else "builds"
    return (Offer("Look", line), log(operation))
