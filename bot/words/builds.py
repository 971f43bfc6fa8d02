"""Texts of `builds` and `build`: duration, progress, failures; outcomes of reruns, cancels and starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.words.conclusions import brief, mark as mark_of, plain
from bot.words.format import bar, so_far
from bot.words.news import about, build_of, subject
from bot.words.offers import stop_build
from bot.words.registry import Text, log, outcome_offers, outcome_text, reply_text
from commands.builds import BuildsTable, OneBuild
from commands.grammar import DEFAULT_TARGET
from deploy.builds.conclusions import BAD
from deploy.builds.outcomes import BuildRunsAgain, BuildStarted, BuildStopped, BuildUnsure
from deploy.builds.report import LISTED, BuildReport
from deploy.builds.rules import at_step
from deploy.core.ask import Unknown, known
from deploy.core.durations import Left, Usual, took
from deploy.core.model import Offer, Operation, short
from deploy.core.units import age, cut, minutes, plural, roughly
from deploy.deploys.offers import to_deploy
from deploy.runner.report import WAITING

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.builds.failing import Failing
    from deploy.core.github_model import Build, Job, JobStep

TITLE = 60


SHORTEST = 30.0  # seconds; shorter steps are omitted, unless they run or failed


LOG_WIDTH = 140


LOG_SIZE = 2600  # characters, so that a log stays in one block of Slack's


@reply_text.register(BuildsTable)
def _table(reply: BuildsTable, fmt: Format) -> Text:
    it = reply.listed
    if not it.builds:
        return "GitHub lists no build yet.", ()
    usual = [f"A build usually takes {_usually(it.usual)}."] if it.usual else []
    cut = (
        [f"GitHub lists {LISTED} at once, so these are the newest {LISTED}."] if it.asked_for > LISTED else []
    )
    rows = [_row(build, it.usual, reply.branch, it.now, fmt) for build in it.builds]
    first = it.builds[0]
    return "\n".join([*rows, *usual, *cut]), (Offer(f"Show {short(first.sha)}", f"build {first.id}"),)


def _row(build: Build, usual: Usual | None, branch: str, now: float, fmt: Format) -> str:
    parts = [
        short(build.sha),
        f"“{fmt.literal(cut(build.title, TITLE))}”" if build.title else "",
        _state(build, usual, now),
    ]
    if build.branch != branch:
        parts.append(f"on {build.branch}")
    if build.attempt > 1:
        parts.append(f"attempt {build.attempt}")
    if build.event not in {"push", ""}:
        parts.append(build.event.replace("_", " "))
    mark = mark_of(build.conclusion) if build.over else "●"
    return fmt.escape(f"{mark} {' · '.join(part for part in parts if part)} · {build.id}")


def _state(build: Build, usual: Usual | None, now: float) -> str:
    if build.over:
        return f"{brief(build.conclusion)} in {minutes(took(build))}, {age(now - build.updated)} ago"
    if build.status in WAITING:
        return f"waits for {WAITING[build.status]} since {minutes(now - build.started)}"
    spent = now - build.started
    return f"building {so_far(spent, usual.p50)}" if usual else f"building for {minutes(spent)}"


def _usually(usual: Usual) -> str:
    return f"{minutes(usual.p50)}, nine in ten within {minutes(usual.p90)}"


@reply_text.register(OneBuild)
def _one(reply: OneBuild, fmt: Format) -> Text:
    it = reply.report
    head = [_headline(it, reply.branch, fmt)]
    if isinstance(it.jobs, Unknown):
        head.append(fmt.escape(f"Its jobs are not known: {it.jobs.why} {it.jobs.hint}".strip()))
    rows = [row for job in known(it.jobs) or () for row in _job(job, it, fmt)]
    log = log_block(it.failing, fmt)
    end = [log] if log else []
    page = fmt.address(f"run {it.build.id}", it.build.url)
    return "\n".join([*head, *rows, *end, f"All of it: {page}"]), _offers(it.build)


def _headline(it: BuildReport, branch: str, fmt: Format) -> str:
    build = it.build
    where = "" if build.branch == branch else f" on {build.branch}"
    attempt = f", attempt {build.attempt}" if build.attempt > 1 else ""
    title = f" “{fmt.literal(cut(build.title, TITLE))}”" if build.title else ""
    who = f" · {build.actor}" if build.actor else ""
    name = fmt.bold(fmt.escape(f"{short(build.sha)}{title}"))
    return f"{name}{fmt.escape(f'{where}: {_how(it)} · build {build.id}{attempt}{who}')}"


def _how(it: BuildReport) -> str:
    build = it.build
    if not build.over:
        return how_long(build, known(it.jobs) or (), it.left, it.now)
    usually = f" (usually {_usually(it.usual)})" if it.usual else ""
    return f"{brief(build.conclusion)} in {minutes(took(build))}{usually}, {age(it.now - build.updated)} ago"


def how_long(build: Build, jobs: Sequence[Job], left: Left | None, now: float) -> str:
    """`▰▰▰▱▱ step 7 of 12, Build and push; about 9 min left, nine in ten within 11 min`."""
    if build.status in WAITING:
        return f"waits for {WAITING[build.status]} since {minutes(now - build.started)}"
    told = "; ".join(part for part in (at_step(jobs), _left(left)) if part)
    return f"{share_of(build, left, now)}{told}"


def share_of(build: Build, left: Left | None, now: float) -> str:
    """How much of a build under way is done, as a bar before what is told of it; empty where nobody knows."""
    spent = now - build.started
    if left is None or spent <= 0:
        return ""
    return f"{bar(spent / (spent + max(0, left.p50)))} "


def _left(left: Left | None) -> str:
    if left is None:
        return "how long it will be is not known: no earlier build tells"
    if left.p50 > 0:
        return f"about {roughly(left.p50)} left, nine in ten within {roughly(left.p90)}"
    if left.p90 > 0:
        return f"{roughly(-left.p50)} longer than usual, nine in ten end within {roughly(left.p90)}"
    return f"{roughly(-left.p50)} longer than usual, and longer than nine in ten"


def _job(job: Job, it: BuildReport, fmt: Format) -> list[str]:
    on = f" on {job.runner}" if job.runner else ""
    mark = mark_of(job.conclusion) if job.status == "completed" else "●" if job.started else "○"
    rows = [fmt.escape(f"{mark} job {job.name}{on}: {_span(job, it.now)}")]
    begun = [step for step in job.steps if step.started or step.conclusion or job.status != "completed"]
    shown = [_step(job, step, it, fmt) for step in begun if _matters(job, step, it)]
    hidden, never = len(begun) - len(shown), len(job.steps) - len(begun)
    more = [f"    and {plural(hidden, 'short step')}"] if hidden else []
    return [*rows, *shown, *more, *([f"    {plural(never, 'step')} never began"] if never else [])]


def _matters(job: Job, step: JobStep, it: BuildReport) -> bool:
    if step.conclusion == "success":
        return step.finished - step.started >= SHORTEST
    usual = it.usually(job, step)
    short_one = step.conclusion == "skipped" or (usual is not None and usual.p50 < SHORTEST)
    return step.status == "in_progress" or step.conclusion in BAD or not short_one


def _step(job: Job, step: JobStep, it: BuildReport, fmt: Format) -> str:
    usual = it.usually(job, step)
    usually = f" (usually {_usually(usual)})" if usual else ""
    if job.status == "completed" and step.status != "completed":
        return fmt.escape(
            f"    {mark_of(job.conclusion)} {step.name}: it had not ended when its job was over"
        )
    mark = mark_of(step.conclusion) if step.status == "completed" else "●" if step.started else "○"
    return fmt.escape(f"    {mark} {step.name}: {_span(step, it.now)}{usually}")


def _span(it: Job | JobStep, now: float) -> str:
    if it.status == "completed":
        ended = "" if it.conclusion == "success" else f"{plain(it.conclusion)} after "
        return ended + minutes(it.finished - it.started)
    if it.status == "in_progress":
        return f"for {minutes(now - it.started)}"
    return it.status.replace("_", " ") or "to come"


def failing_line(failing: Failing | None, fmt: Format) -> str:
    """` at “Build and push” (npm ERR! …)`."""
    if failing is None:
        return ""
    last = next(iter(failing.said), "")
    last = failing.log[-1] if isinstance(failing.log, tuple) and failing.log else last
    why = f" ({cut(last, LOG_WIDTH)})" if last else ""
    return fmt.escape(f" at “{failing.step.name if failing.step else failing.job.name}”{why}")


def log_block(failing: Failing | None, fmt: Format) -> str:
    """The end of the failing step's log, or why there is none."""
    if failing is None:
        return ""
    if isinstance(failing.log, Unknown):
        said = [f"GitHub says: {each}" for each in failing.said]
        gone = f"Its log is not to be had: {failing.log.why} {failing.log.hint}".strip()
        return fmt.escape("\n".join([*said, gone]))
    lines = [cut(line, LOG_WIDTH) for line in failing.log]
    where = f"The end of “{failing.step.name if failing.step else failing.job.name}”"
    return fmt.escape(where) + ":\n" + fmt.code("\n".join(_fitting(lines)))


def _fitting(lines: list[str]) -> list[str]:
    """The last lines that fit into one block."""
    fitting: list[str] = []
    for line in reversed(lines):
        if sum(map(len, fitting)) + len(fitting) + len(line) > LOG_SIZE:
            break
        fitting.insert(0, line)
    return fitting


def _offers(build: Build) -> tuple[Offer, ...]:
    if not build.over:
        return (stop_build(build),)
    if build.conclusion == "success":
        sha = short(build.sha)
        return (Offer(f"Deploy {sha}", f"deploy {sha}", asks=to_deploy(DEFAULT_TARGET, sha)),)
    rerun = Offer("Rerun", f"build rerun {build.id}")
    if build.conclusion == "failure":
        return rerun, Offer("Rerun what failed", f"build rerun {build.id} --failed")
    return (rerun,)


STATES = {"in_progress": "it is under way", "completed": "it is over already"}


@outcome_text.register(BuildRunsAgain)
def _again(it: BuildRunsAgain, _operation: Operation, fmt: Format) -> str:
    what = ": what failed of it runs" if it.failed_only else " runs"
    told = f"{build_of(short(it.sha))}{what} again as attempt {it.attempt}; {_standing(it.state)}."
    return f"{fmt.escape(told)} {_run(it, fmt)}"


@outcome_text.register(BuildStopped)
def _stopped(it: BuildStopped, _operation: Operation, fmt: Format) -> str:
    first = f"{build_of(short(it.sha))} stopped."
    if it.conclusion != "cancelled":
        ended = plain(it.conclusion)
        first = f"{build_of(short(it.sha))} ended before it could be stopped: {ended}."
    why = f"It does not run again: {it.error.sentence} {it.error.hint}".rstrip() if it.error else ""
    return " ".join(part for part in (fmt.escape(first), fmt.escape(why), _run(it, fmt)) if part)


@outcome_text.register(BuildStarted)
def _started(it: BuildStarted, _operation: Operation, fmt: Format) -> str:
    how = " without any cache" if it.no_cache else ""
    what = f"{build_of(short(it.sha))}, the head of {it.branch}, started{how}; {_standing(it.state)}."
    return f"{fmt.escape(what)} {_run(it, fmt)}"


def _run(it: BuildRunsAgain | BuildStopped | BuildStarted, fmt: Format) -> str:
    return fmt.address(f"Run {it.build}", it.url) if it.url else ""


@outcome_text.register(BuildUnsure)
def _unsure(it: BuildUnsure, operation: Operation, fmt: Format) -> str:
    lost = f" Its answer was lost: {it.lost}" if it.lost else ""
    what = build_of(short(it.sha)) if it.sha else subject(operation)
    return fmt.escape(f"{about(what, it.error.sentence)}{lost} It may come yet.\n{it.error.hint}".rstrip())


def _standing(state: str) -> str:
    return STATES.get(state, "it waits for a runner")


@outcome_offers.register(BuildRunsAgain)
@outcome_offers.register(BuildStarted)
def _then(it: BuildRunsAgain | BuildStarted, operation: Operation) -> tuple[Offer, ...]:
    wait = Offer("Deploy when it is done", f"deploy {short(it.sha)} --wait")
    return (Offer("Show the build", f"build {it.build}"), wait, log(operation))


@outcome_offers.register(BuildStopped)
def _run_it(it: BuildStopped, operation: Operation) -> tuple[Offer, ...]:
    if it.conclusion == "success":
        return (Offer("Show the build", f"build {it.build}"), log(operation))
    return (Offer("Rerun", f"build rerun {it.build}"), log(operation))


@outcome_offers.register(BuildUnsure)
def _look(it: BuildUnsure, operation: Operation) -> tuple[Offer, ...]:
    line = f"build {it.build}" if it.build else "builds"
    return (Offer("Look", line), log(operation))
