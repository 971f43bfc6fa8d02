"""buildkit: how it is, its log, and which builds would die."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.wording.said.saying import Said, said
from commands.builder import BuilderLog, BuilderReport, WouldKill
from deploy.model import Build, Offer, short
from deploy.units import minutes, plural

if TYPE_CHECKING:
    from bot.wording.voice import Voice

RESTART = Offer("Restart", "buildkit restart", danger=True)
RECREATE = Offer("Recreate", "buildkit recreate", danger=True)
LOG = Offer("Log", "buildkit logs")
ROOM = 2600  # characters of a log that a message has room for


@said.register(BuilderReport)
def _report(reply: BuilderReport, voice: Voice) -> Said:
    container = reply.status.container
    lines = [_answers(reply), _container(reply), _ports(reply), _builds(reply)]
    offers = (RECREATE,) if container is None else (RESTART, LOG)
    return voice.say("\n".join(line for line in lines if line)), offers


def _answers(reply: BuilderReport) -> str:
    answer, host = reply.status.answer, reply.spec.host
    if not answer.answers:
        return f"✗ BuildKit on {host} does not answer: {answer.why.rstrip('.')}."
    disk = f"; its cache takes {reply.status.disk}" if reply.status.disk else ""
    return f"✓ BuildKit on {host} answers and builds for {', '.join(answer.platforms)}{disk}."


def _container(reply: BuilderReport) -> str:
    it, name = reply.status.container, reply.spec.container
    if it is None:
        return f"✗ There is no container {name} on {reply.spec.host}."
    mark = "✓" if it.running else "✗"
    since = f" for {minutes(reply.now - it.started)}" if it.running else f", exit status {it.exit_code}"
    again = f", started {plural(it.restarts, 'time')} by itself" if it.restarts else ""
    return (
        f"{mark} container {name}   {it.state}{since}{again}; image {it.image}; restarts {it.policy or 'no'}"
    )


def _ports(reply: BuilderReport) -> str:
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


def _builds(reply: BuilderReport) -> str:
    if reply.builds is None:
        return f"? which builds run on it is not known: {reply.unknown}"
    if not reply.builds:
        return "○ no build runs on it"
    return "\n".join(f"● {_build(build, reply.now)} runs on it" for build in reply.builds)


def _build(build: Build, now: float) -> str:
    title = f" “{build.title}”" if build.title else ""
    return f"build {short(build.sha)}{title}, for {minutes(now - build.started)},"


@said.register(BuilderLog)
def _log(reply: BuilderLog, voice: Voice) -> Said:
    text = reply.text.strip()
    if not text:
        return voice.say(f"{reply.spec.container} on {reply.spec.host} has said nothing."), (RESTART,)
    return voice.code(text if len(text) <= ROOM else f"…{text[-ROOM:]}"), (RESTART,)


@said.register(WouldKill)
def _would_kill(reply: WouldKill, voice: Voice) -> Said:
    lines = [f"● {_build(build, reply.now).rstrip(',')}" for build in reply.builds]
    die = "it would die" if len(reply.builds) == 1 else "they would die"
    first = f"Not started: {plural(len(reply.builds), 'build')} on {reply.spec.host}, and {die}:"
    return voice.say("\n".join([first, *lines])), _choices(reply)


def _choices(reply: WouldKill) -> tuple[Offer, ...]:
    """`now` is valid for two minutes, for the asker or another person who may."""
    now = Offer(
        f"{reply.verb.capitalize()} now", f"buildkit {reply.verb} --force --asked {reply.asked}", danger=True
    )
    if reply.verb == "recreate":
        return (now,)
    return (Offer("When idle", "buildkit restart --when-idle"), now)
