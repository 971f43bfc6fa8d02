"""Texts of `buildkit`: its state, its log, the builds that a restart kills, and outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.news import about, because, lines, parted, sentences
from bot.words.registry import Text, log, outcome_offers, outcome_text, reply_text
from commands.buildkit import BuildKitLog, BuildKitReport, CacheIsUsed, NothingToPrune, WouldKill
from deploy.buildkit.offers import RECREATE, RESTART, pruning, stopping_builds
from deploy.buildkit.outcomes import (
    BuildKitDown,
    BuildKitPruned,
    BuildKitPutBack,
    BuildKitRestarted,
    Killed,
)
from deploy.core.ask import Unknown
from deploy.core.model import Build, Offer, Operation, short
from deploy.core.units import minutes, plural, size, typed_size

if TYPE_CHECKING:
    from bot.words.format import Format


LOG = Offer("Log", "buildkit logs")


ROOM = 2600  # characters of a log that fit into a message


@reply_text.register(BuildKitReport)
def _report(reply: BuildKitReport, fmt: Format) -> Text:
    container = reply.status.container
    lines = [_answers(reply), _container(reply), _ports(reply), _builds(reply, fmt)]
    offers = (RECREATE,) if container is None else (RESTART, LOG)
    return fmt.escape("\n".join(line for line in lines if line)), offers


def _answers(reply: BuildKitReport) -> str:
    answer, host = reply.status.answer, reply.spec.host
    if not answer.answers:
        return f"✗ BuildKit on {host} does not answer: {answer.why.rstrip('.')}."
    disk = f"; its cache takes {reply.status.disk}" if reply.status.disk else ""
    return f"✓ BuildKit on {host} answers and builds for {', '.join(answer.platforms)}{disk}."


def _container(reply: BuildKitReport) -> str:
    it, name = reply.status.container, reply.spec.container
    if it is None:
        return f"✗ There is no container {name} on {reply.spec.host}."
    mark = "✓" if it.running else "✗"
    since = f" for {minutes(reply.now - it.started)}" if it.running else f", exit status {it.exit_code}"
    again = f", started {plural(it.restarts, 'time')} by itself" if it.restarts else ""
    return (
        f"{mark} container {name}   {it.state}{since}{again}; image {it.image}; restarts {it.policy or 'no'}"
    )


def _ports(reply: BuildKitReport) -> str:
    it, wanted = reply.status.container, f"{reply.spec.address}:{reply.spec.port}"
    published = it.published if it else ()
    listening = reply.status.listening
    exposed = [each for each in (*published, *listening) if each != wanted]
    if exposed:
        where = ", ".join(dict.fromkeys(exposed))
        return f"✗ published on {where}, which is not {wanted} alone: whoever reaches that can build here"
    if it and it.running and not listening:
        return f"✗ nothing listens on {wanted}"
    return f"✓ published on {wanted} and nowhere else" if it else ""


def _builds(reply: BuildKitReport, fmt: Format) -> str:
    if isinstance(reply.builds, Unknown):
        return f"? which builds run on it is not known: {reply.builds.why}"
    if not reply.builds:
        return "○ no build runs on it"
    return "\n".join(f"● {_build(build, reply.now, fmt)} runs on it" for build in reply.builds)


def _build(build: Build, now: float, fmt: Format) -> str:
    title = f" “{fmt.literal(build.title)}”" if build.title else ""
    return f"build {short(build.sha)}{title}, for {minutes(now - build.started)},"


@reply_text.register(BuildKitLog)
def _log(reply: BuildKitLog, fmt: Format) -> Text:
    text = reply.text.strip()
    if not text:
        return fmt.escape(f"{reply.spec.container} on {reply.spec.host} has said nothing."), (RESTART,)
    return fmt.code(text if len(text) <= ROOM else f"…{text[-ROOM:]}"), (RESTART,)


@reply_text.register(WouldKill)
def _would_kill(reply: WouldKill, fmt: Format) -> Text:
    lines = [f"● {_build(build, reply.now, fmt).rstrip(',')}" for build in reply.builds]
    die = "it would die" if len(reply.builds) == 1 else "they would die"
    first = f"Not started: {plural(len(reply.builds), 'build')} on {reply.spec.host}, and {die}:"
    return fmt.escape("\n".join([first, *lines])), _choices(reply)


@reply_text.register(CacheIsUsed)
def _cache_is_used(reply: CacheIsUsed, fmt: Format) -> Text:
    lines = [f"● {_build(build, reply.now, fmt).rstrip(',')}" for build in reply.builds]
    need = "it may need" if len(reply.builds) == 1 else "they may need"
    first = f"Not started: {plural(len(reply.builds), 'build')} on {reply.spec.host}, and {need} what would be pruned:"
    prune = f"buildkit prune --keep {typed_size(reply.keep)}"
    offers = (
        Offer("When idle", f"{prune} --when-idle --asked {reply.asked}"),
        pruning(reply.keep, "Prune now", f" --asked {reply.asked}"),
    )
    return fmt.escape("\n".join([first, *lines])), offers


@reply_text.register(NothingToPrune)
def _nothing_to_prune(reply: NothingToPrune, fmt: Format) -> Text:
    sizes = f"BuildKit's cache on {reply.host} takes {size(reply.total)}, and {size(reply.keep)} are to stay"
    return fmt.escape(f"{sizes}: there is nothing to prune."), ()


def _choices(reply: WouldKill) -> tuple[Offer, ...]:
    """Confirmations; `now` is valid for two minutes, for anybody who may restart."""
    now = stopping_builds(reply.verb, f"{reply.verb.capitalize()} now", f" --asked {reply.asked}")
    if reply.verb == "recreate":
        return (now,)
    return (Offer("When idle", "buildkit restart --when-idle"), now)


@outcome_text.register(BuildKitRestarted)
def _restarted(it: BuildKitRestarted, _operation: Operation, fmt: Format) -> str:
    done = "was made anew" if it.anew else "restarted"
    first = (
        f"BuildKit on {it.host} {done} and answers for {', '.join(it.platforms)}, {took(it.seconds)} later."
    )
    return fmt.escape(lines(first, sentences(_died(it.killed), it.note)))


def took(seconds: float) -> str:
    """A duration; below 10 s with tenths, since restarts take seconds."""
    return f"{seconds:.1f} s" if seconds < 10 else minutes(seconds)  # noqa: PLR2004 (tenths of a second matter below)


def _died(killed: tuple[Killed, ...]) -> str:
    if not killed:
        return ""
    shas = ", ".join(short(each.sha) for each in killed)
    them = "it" if len(killed) == 1 else "them"
    return f"{plural(len(killed), 'build')} died of it: {shas}. GitHub may show {them} as running for long."


@outcome_text.register(BuildKitPutBack)
def _put_back(it: BuildKitPutBack, _operation: Operation, fmt: Format) -> str:
    what, why = ("stopped", "") if it.cancelled else parted(it.error.sentence)
    back = "the old container is back"
    back += (
        ", and BuildKit answers" if it.answers else " as it was; BuildKit in it did not answer before either"
    )
    first = f"{about(f'BuildKit on {it.host}', what)}; {back}."
    said = it.error.sentence if it.cancelled else because(why)
    return fmt.escape(lines(first, sentences(said, _died(it.killed))))


@outcome_text.register(BuildKitDown)
def _down(it: BuildKitDown, _operation: Operation, fmt: Format) -> str:
    todo = f"Do this: {it.error.hint}" if it.error.hint else ""
    first = about(f"BuildKit on {it.host}", it.error.sentence)
    return fmt.escape(lines(first, it.so, _died(it.killed), todo))


@outcome_text.register(BuildKitPruned)
def _pruned(it: BuildKitPruned, _operation: Operation, fmt: Format) -> str:
    host, now = f"BuildKit on {it.host}", f"its cache takes {size(it.after)} now"
    if it.freed:
        return fmt.escape(f"{host}: freed {size(it.freed)}; {now}, and took {size(it.before)}.")
    return fmt.escape(
        f"{host}: nothing was freed; {now}, and builds may use the rest, or {size(it.keep)} are to stay."
    )


def rerun(killed: tuple[Killed, ...]) -> tuple[Offer, ...]:
    """A button that reruns exactly the killed builds."""
    if not killed:
        return ()
    runs = " ".join(str(each.run) for each in killed)
    return (Offer(f"Rerun {plural(len(killed), 'build')}", f"build rerun {runs} --stop"),)


@outcome_offers.register(BuildKitRestarted)
def _after(it: BuildKitRestarted, operation: Operation) -> tuple[Offer, ...]:
    return (*rerun(it.killed), log(operation))


@outcome_offers.register(BuildKitPutBack)
def _after_put_back(it: BuildKitPutBack, operation: Operation) -> tuple[Offer, ...]:
    return (*rerun(it.killed if it.answers else ()), Offer("BuildKit's log", "buildkit logs"), log(operation))


@outcome_offers.register(BuildKitDown)
def _after_down(_it: BuildKitDown, operation: Operation) -> tuple[Offer, ...]:
    return (Offer("BuildKit's log", "buildkit logs"), RESTART, RECREATE, log(operation))
