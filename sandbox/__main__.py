"""`scripts/try`: the story on a page, or one line of it in a terminal."""

from __future__ import annotations

import asyncio
import shlex
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

import click

from commands.grammar.typed import normalise
from sandbox import terminal
from sandbox.bot import LOOK_EVERY, Bot
from sandbox.slack.transcript import form
from sandbox.stage import Stage
from sandbox.stories import Stories
from sandbox.tour.steps import STEPS

if TYPE_CHECKING:
    from sandbox.slack import Message

PORT = 8717  # the page's, if it is free
USER, CHANNEL = "ana", "#deploys"
WITHIN = 120.0  # seconds for one line
FAILED = 1
LOADING = "loading…"  # in a form that waits for a system
CONFIRM = "confirm"  # the action_id of the button that answers a question
ASKED = " --asked "  # in the line of a button that confirms which builds a restart kills
EXIT = {"ok": 0, "failed": 1, "usage": 2, "refused": 3}
OUTCOME = {"done": 0, "failed": 1, "cancelled": 1, "refused": 3}

STORY = (
    ("status", "the whole chain at a glance"),
    ("where 9c41d07", "how far a commit has come, and how long the rest will be"),
    ("build 77be0f2", "why a build failed, with the end of its log; Rerun is a button"),
    ("build cancel 9c41d07", "stops a build; `build rerun 9c41d07` runs it again"),
    ("buildkit restart", "while a build runs on it: names it, and offers to wait or to restart now"),
    ("buildkit recreate --force", "BuildKit's container anew, the old one kept until it answers"),
    ("deploy 3f2a1b9", "built on main for linux/arm64: it goes live"),
    (
        "deploy b7d0c5e",
        "changed only files that the workflow leaves out: refused, with the nearest built commit",
    ),
    ("deploy 3f2a1b9 --to release", "the workers and the app as one: both, or none"),
    ("deploy e02d8aa", "fails its health check: what ran before is put back"),
    ("deploy 51ab3c4", "built for amd64 only: refused, with --force too"),
    ("deploy 9c41d07", "still building: offers to deploy when it is done"),
    ("deploy 3f2a1b9 --noop", "what every gate says, with nothing changed"),
    ("deploy", "asks in a form: the last built commits, and the line that it ends in"),
    ("rollback app", "back to the last release that was proven healthy"),
    (
        "env copy fiskai-app fiskai-staging",
        "plans, asks, copies variables, reads back; `env undo` takes it back",
    ),
    ("lock app incident, nobody deploys", "hold the app; `unlock` lifts it"),
    ("locks", "who holds what, and what is under way"),
    ("history app", "what was done, by whom, with what outcome"),
    ("stats", "how often, how fast and how well was deployed, with a picture"),
    ("doctor", "every rule of the build authority, checked against what is so"),
    ("changes 3h", "what changed lately; `timeline` exports it; #inc-vat-rounding hears of everything"),
    ("notify failures", "this channel then hears of builds that fail, and of no others"),
    ("deploi", "a word that fisk does not know"),
)


@click.command(
    context_settings={"allow_interspersed_args": False, "help_option_names": ["--help", "-h"]},
    options_metavar="[--yes] [--port PORT]",
)
@click.argument("words", nargs=-1, metavar="[LINE]")
@click.option("--yes", is_flag=True, help="answer with yes where the line asks first")
@click.option("--port", default=0, help="the page's port")
def main(words: tuple[str, ...], port: int, *, yes: bool) -> None:
    """Try fisk without a Slack workspace: on a page, or one LINE in a fresh story.

    LINE is as one types it after /fisk, quoted as a whole or not at all. What follows its first word belongs to it.
    """
    _readable(words)
    sys.exit(asyncio.run(_one(_line(words), yes=yes) if words else _page(port)))


def _line(words: tuple[str, ...]) -> str:
    """The line from a shell's words. The first word may be the whole line: no verb needs quotes.

    The others are put into straight quotes, so typographic quotes must be normalised before.
    """
    first, *others = words
    return " ".join([first, *(shlex.quote(normalise(word)) for word in others)])


def _readable(words: tuple[str, ...]) -> None:
    """Raises click.UsageError for bytes that are not valid text."""
    try:
        "".join(words).encode()
    except UnicodeEncodeError:
        raise click.UsageError("That line is not all UTF-8.") from None


async def _page(port: int) -> int:
    begun = time.monotonic()
    stories = Stories([(f"/fisk {line}", then) for line, then in STORY])
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await stories.start(port or _usual_port())
        click.echo(f"fisk is ready after {time.monotonic() - begun:.1f} s. Open the page and type /fisk …:\n")
        click.echo(f"    {stories.stage.slack.url}\n")
        click.echo(
            f"{len(STEPS)} steps lead through the story beside the chat; it stands until your first line."
        )
        click.echo("fisk in a terminal, against the same story:\n")
        click.echo(f"    {terminal.line(stories.folder)}; fisk status\n")
        click.echo(f"The bot's log: {stories.stage.bots[0].log}   Ctrl-C ends it all.")
        await stories.serve(stop)
    finally:
        await stories.stop()
    return 0


def _usual_port() -> int:
    with socket.socket() as probe:
        return 0 if probe.connect_ex(("127.0.0.1", PORT)) == 0 else PORT


async def _one(line: str, *, yes: bool) -> int:
    """Type one line as Ana, wait for its outcome, print the transcript; return the exit status."""
    async with Stage(past=True) as stage:
        status = await typed(stage, line, yes=yes)
        click.echo(stage.slack.transcript(CHANNEL, USER))
        return status


async def typed(stage: Stage, line: str, *, yes: bool = False, within: float = WITHIN) -> int:
    """Type a line, confirm its question if wanted, wait for its outcome; return its exit status.

    A line that takes more than `within` seconds is reported as failed.
    """
    try:
        async with asyncio.timeout(within):
            return await _typed(stage, line, yes=yes)
    except TimeoutError:
        click.echo(f"Not over after {within:g} s.", err=True)
        return FAILED


async def _typed(stage: Stage, line: str, *, yes: bool) -> int:
    seen = LineCounters(stage.bots[0])
    await seen.begin()
    before, said = {message.ts for message in stage.slack.messages(CHANNEL, USER)}, _said(stage)
    await stage.slack.command(USER, CHANNEL, "/fisk", line.removeprefix("/fisk").strip())
    if shown := await _form(stage, seen):
        click.echo(f"{shown}\n")
        if not yes:
            return EXIT["usage"]
        await stage.slack.submit(USER)
    fared = await _fared(stage, seen, said)
    if yes and fared != "started" and (question := _question(stage, before)):
        said = _said(stage)
        await stage.slack.press(USER, *question)
        fared = await _fared(stage, seen, said)
    return await seen.status(fared)


async def _form(stage: Stage, seen: LineCounters) -> str:
    """The form that a line opens, once it is filled; empty where it is answered in another way."""
    while not await seen.counted():
        if stage.slack.workspace.views.modals.get(stage.slack.workspace.user(USER).id):
            shown = form(stage.slack.workspace, stage.slack.modal(USER).as_slack())
            if LOADING not in shown:
                return shown
        await asyncio.sleep(LOOK_EVERY)
    return ""


async def _fared(stage: Stage, seen: LineCounters, said: int) -> str:
    """The outcome of a line, once its answer is there; what began an operation is answered by that."""
    fared = await seen.fared()
    while fared != "started" and _said(stage) == said:  # noqa: ASYNC110 (another process answers)
        await asyncio.sleep(LOOK_EVERY)
    return fared


def _said(stage: Stage) -> int:
    """How much there is to read, edits counted."""
    return sum(len(message.versions) for message in stage.slack.messages(CHANNEL, USER) if message.is_by_app)


def _question(stage: Stage, before: AbstractSet[str]) -> tuple[Message, str] | None:
    """The newest message not in `before` that asks for confirmation, with the action_id of its button.

    Buttons for next steps, such as Roll back, may have a confirm dialog, too; they do not count.
    """
    for message in reversed(stage.slack.messages(CHANNEL, USER)):
        for _, element in message.elements():
            if message.ts not in before and (
                element["action_id"] == CONFIRM or ASKED in element.get("value", "")
            ):
                return message, element["action_id"]
    return None


class LineCounters:
    """Outcomes of lines, read from the bot's Prometheus counters."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._lines: Counter[str] = Counter()
        self._operations: Counter[str] = Counter()

    async def begin(self) -> None:
        """Store the counters' present values."""
        self._lines = await self._bot.count("fisk_lines", "outcome")
        self._operations = await self._bot.count("fisk_operations", "status")

    async def counted(self) -> bool:
        """Whether a line was answered since."""
        return bool(await self._bot.count("fisk_lines", "outcome") - self._lines)

    async def fared(self) -> str:
        """Wait for the next line's answer; return its outcome."""
        return await self._next("fisk_lines", "outcome", self._lines)

    async def status(self, fared: str) -> int:
        """The exit status of a line with this outcome; waits until its operation was announced."""
        if fared != "started":
            return EXIT[fared]
        ended = await self._next("fisk_operations", "status", self._operations)
        while ended == "done" and await self._only_waited():
            ended = await self._next("fisk_operations", "status", self._operations)
        return OUTCOME[ended]

    async def _only_waited(self) -> bool:
        """Whether only the wait for a build has ended, which then begins a deploy."""
        return (await self._bot.count("fisk_operations", "kind"))["wait"] >= self._operations.total()

    async def _next(self, metric: str, label: str, seen: Counter[str]) -> str:
        while not (new := await self._bot.count(metric, label) - seen):  # noqa: ASYNC110 (another process counts)
            await asyncio.sleep(LOOK_EVERY)
        what = next(iter(new))
        seen[what] += 1
        return what


if __name__ == "__main__":
    main(prog_name="scripts/try")
