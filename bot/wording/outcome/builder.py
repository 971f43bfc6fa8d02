"""How operations on BuildKit and the runner ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.wording.outcome.telling import log, offers, told
from deploy.model import Offer, Operation, short
from deploy.outcomes.builder import (
    BuilderDown,
    BuilderPutBack,
    BuilderRestarted,
    Killed,
    RunnerDown,
    RunnerRestarted,
)
from deploy.units import minutes, plural

if TYPE_CHECKING:
    from bot.wording.voice import Voice


@told.register(BuilderRestarted)
def _restarted(it: BuilderRestarted, _operation: Operation, voice: Voice) -> str:
    done = f"Made BuildKit anew on {it.host}" if it.anew else f"Restarted BuildKit on {it.host}"
    answers = f"{done}. It answers for {', '.join(it.platforms)}, {_took(it.seconds)} later."
    return voice.say(" ".join(part for part in (answers, _died(it.killed), it.note) if part))


def _took(seconds: float) -> str:
    """Tenths count here: a builder is back in seconds."""
    return f"{seconds:.1f} s" if seconds < 10 else minutes(seconds)  # noqa: PLR2004 (tenths of a second matter below)


def _died(killed: tuple[Killed, ...]) -> str:
    if not killed:
        return ""
    shas = ", ".join(short(each.sha) for each in killed)
    them = "it" if len(killed) == 1 else "them"
    return f"{plural(len(killed), 'build')} died of it: {shas}. GitHub may show {them} as running for long."


@told.register(BuilderPutBack)
def _put_back(it: BuilderPutBack, _operation: Operation, voice: Voice) -> str:
    error = f"{'Stopped: ' if it.cancelled else ''}{it.error.sentence}"
    if it.answers:
        back = f"The old container is back on {it.host}, and BuildKit answers."
    else:
        back = (
            f"The old container is back on {it.host} as it was; BuildKit in it did not answer before either."
        )
    return voice.say(" ".join(part for part in (error, back, _died(it.killed)) if part))


@told.register(BuilderDown)
def _down(it: BuilderDown, _operation: Operation, voice: Voice) -> str:
    todo = f"Do this: {it.error.hint}" if it.error.hint else ""
    first = f"{it.error.sentence} {it.so}"
    return voice.say("\n".join(part for part in (first, _died(it.killed), todo) if part))


@told.register(RunnerRestarted)
def _runner(it: RunnerRestarted, _operation: Operation, voice: Voice) -> str:
    seen = f"Whether GitHub sees it is not known: {it.unseen}." if it.unseen else "GitHub calls it online."
    return voice.say(f"Restarted {it.runner}; its service was active {_took(it.seconds)} later. {seen}")


@told.register(RunnerDown)
def _runner_down(it: RunnerDown, _operation: Operation, voice: Voice) -> str:
    return voice.say(f"{it.error.sentence} {it.error.hint}".strip())


def rerun(killed: tuple[Killed, ...]) -> tuple[Offer, ...]:
    """One button that runs exactly the killed builds again."""
    if not killed:
        return ()
    runs = " ".join(str(each.run) for each in killed)
    return (Offer(f"Rerun {plural(len(killed), 'build')}", f"build rerun {runs} --stop"),)


@offers.register(BuilderRestarted)
def _after(it: BuilderRestarted, operation: Operation) -> tuple[Offer, ...]:
    return (*rerun(it.killed), log(operation))


@offers.register(BuilderPutBack)
def _after_put_back(it: BuilderPutBack, operation: Operation) -> tuple[Offer, ...]:
    return (*rerun(it.killed if it.answers else ()), Offer("BuildKit's log", "buildkit logs"), log(operation))


@offers.register(BuilderDown)
def _after_down(_it: BuilderDown, operation: Operation) -> tuple[Offer, ...]:
    again = Offer("Restart", "buildkit restart", danger=True)
    anew = Offer("Recreate", "buildkit recreate", danger=True)
    return (Offer("BuildKit's log", "buildkit logs"), again, anew, log(operation))


@offers.register(RunnerDown)
def _after_runner_down(_it: RunnerDown, operation: Operation) -> tuple[Offer, ...]:
    return (Offer("Try again", "runner restart"), log(operation))
