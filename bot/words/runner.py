"""Texts of `runner`, of runners in `status`, and of a restart's outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.buildkit import took
from bot.words.news import about
from bot.words.registry import Text, log, outcome_offers, outcome_text, reply_text
from commands.runner import RunnersTable
from deploy.core.ask import Unknown
from deploy.core.model import Offer, Operation, short
from deploy.core.units import minutes, plural
from deploy.runner.outcomes import RunnerDown, RunnerRestarted

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.runner.report import JobOf, RunnerNow, Runners


NONE = "The token sees no self-hosted runner, neither the repository's own nor the organisation's."


LONG = 300.0  # seconds of waiting that mean a fault, if the token may not list runners


@reply_text.register(RunnersTable)
def _runners(reply: RunnersTable, fmt: Format) -> Text:
    it = reply.runners
    if isinstance(it.runners, Unknown):
        lines = [fmt.escape(f"Not known: {it.runners.why} {it.runners.hint}"), *_by_jobs(it, fmt)]
    else:
        lines = [_runner(each, fmt) for each in it.runners] or [NONE, *_by_jobs(it, fmt)]
    waiting = [_waits(each, it, fmt) for each in it.waiting] or ["No job waits for a runner."]
    stuck = stuck_lines(it, fmt)
    return "\n".join([*lines, *waiting, *stuck]), _offers(it)


def runners_line(it: Runners, fmt: Format) -> str:
    """`runner x86 online, busy`; an organisation's runners are visible only in their jobs."""
    if it.runners and not isinstance(it.runners, Unknown):
        told = [f"{fmt.escape(each.runner.name)} {_state(each)}" for each in it.runners]
        return f"{fmt.bold('runner')} {', '.join(told)}"
    why = it.runners.why.rstrip(".") if isinstance(it.runners, Unknown) else "none that the token sees"
    return f"{fmt.bold('runner')} {'; '.join([fmt.escape(why), *_by_jobs(it, fmt)])}"


def stuck_lines(it: Runners, fmt: Format) -> list[str]:
    """Advice for runners that do not take waiting jobs."""
    if isinstance(it.runners, Unknown):
        return []
    stuck = [_stuck(each, it, fmt) for each in it.runners if each.stuck]
    gone = [each for each in it.runners if not each.runner.online]
    if gone and it.waiting and not any(each.runner.online for each in it.runners):
        stuck.append(_offline(gone[0], it, fmt))
    return stuck


def _state(it: RunnerNow) -> str:
    if not it.runner.online:
        return "OFFLINE"
    if it.stuck:
        return "online, STUCK"
    return "online, busy" if it.runner.busy or it.runs else "online, idle"


def _runner(it: RunnerNow, fmt: Format) -> str:
    labels = fmt.escape(", ".join(it.runner.labels))
    runs = f" with job {_job(it.runs, fmt)}" if it.runs else ""
    whose = " (the organisation's)" if it.runner.shared else ""
    return f"{fmt.bold(fmt.escape(it.runner.name))}{whose} {_state(it)}{runs} · labels {labels}"


def _job(it: JobOf, fmt: Format) -> str:
    return fmt.escape(f"{it.job.name} of {short(it.build.sha)} (build {it.build.id})")


def _waits(it: JobOf, among: Runners, fmt: Format) -> str:
    return f"Job {_job(it, fmt)} has waited {minutes(among.waited(it))} for a runner."


def _stuck(it: RunnerNow, among: Runners, fmt: Format) -> str:
    first = it.ignores[0]
    waited = minutes(among.waited(first))
    more = f" and {plural(len(it.ignores) - 1, 'more job')}" if len(it.ignores) > 1 else ""
    how = "busy, but with no job that GitHub knows," if it.runner.busy else "online and idle"
    return (
        f"{fmt.escape(it.runner.name)} is stuck: {how} while job {_job(first, fmt)}{more}"
        f" waits for it since {waited}. Restart it: `{fmt.escape('/fisk runner restart')}`."
    )


def _offline(it: RunnerNow, among: Runners, fmt: Format) -> str:
    waited = minutes(max(among.waited(each) for each in among.waiting))
    return (
        f"{plural(len(among.waiting), 'job')} waited up to {waited}, and {fmt.escape(it.runner.name)} is offline."
        f" Look at its service on its host, or restart it: `{fmt.escape('/fisk runner restart')}`."
    )


def _by_jobs(it: Runners, fmt: Format) -> list[str]:
    """Runners as far as jobs show them, if the token may not list runners."""
    works = [
        f"{fmt.escape(each.job.runner or 'a runner')} works on job {_job(each, fmt)}" for each in it.running
    ]
    if works or not it.waiting:
        return works
    longest = max(it.waiting, key=it.waited)
    if it.waited(longest) < LONG:
        return []
    waited = minutes(it.waited(longest))
    return [f"job {_job(longest, fmt)} has waited {waited} and nothing runs: the runner is offline or stuck"]


def _offers(it: Runners) -> tuple[Offer, ...]:
    return tuple(Offer(f"Build {short(each.build.sha)}", f"build {each.build.id}") for each in it.running[:1])


@outcome_text.register(RunnerRestarted)
def _restarted(it: RunnerRestarted, _operation: Operation, fmt: Format) -> str:
    seen = f"Whether GitHub sees it is not known: {it.unseen}." if it.unseen else "GitHub calls it online."
    return fmt.escape(f"{it.runner} restarted; its service was active {took(it.seconds)} later. {seen}")


@outcome_text.register(RunnerDown)
def _runner_down(it: RunnerDown, _operation: Operation, fmt: Format) -> str:
    return about(fmt.escape(it.runner), fmt.failure(it.error))


@outcome_offers.register(RunnerDown)
def _after_runner_down(_it: RunnerDown, operation: Operation) -> tuple[Offer, ...]:
    return (Offer("Try again", "runner restart"), log(operation))
