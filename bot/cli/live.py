"""What is under way, drawn anew on a terminal while it changes; what is over scrolls away as lines."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Self, TextIO, cast

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from bot.cli.main import put
from bot.cli.views import View, ending
from bot.words.format import TERMINAL
from bot.words.progress import TO_COME, headline, step_lines
from bot.words.timeline import Timeline
from deploy.core.cancelling import end
from deploy.core.visible import visible

if TYPE_CHECKING:
    from deploy.core.events import Event
    from deploy.core.model import Operation
    from deploy.core.outcomes import Outcome

EVERY = 0.5  # seconds between two drawings, for the time that passes
STYLES = {"✓": "green", "●": "cyan", "✗": "red", "!": "yellow", TO_COME: "dim"}


class Screen(View):
    """Draws what is under way in place, below what was said; an end is said as Lines says it.

    A line that fisk says is not broken by it, so that commands in it can be copied; what is drawn is.
    """

    def __init__(self) -> None:
        self._open: dict[str, tuple[Operation, Timeline]] = {}
        self._console = Console(
            file=cast("TextIO", _Output(sys.stdout)), highlight=False, markup=False, soft_wrap=True
        )
        self._live = Live(
            _Drawing(self._open),
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=sys.stderr.isatty(),
        )

    async def __aenter__(self) -> Self:
        self._live.start()
        self._console.show_cursor()  # a shell has it, too, where this process is stopped or killed
        self._ticking = asyncio.create_task(self._tick())
        return self

    async def __aexit__(self, *_: object) -> None:
        await end({self._ticking})
        self._open.clear()
        self._live.stop()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            self._live.refresh()

    def say(self, text: str) -> None:
        if text:
            self._print(text)

    def begin(self, operation: Operation) -> None:
        self._open[operation.id] = operation, Timeline()
        self._print(f"{operation.id}: {operation.line}")

    def tell(self, operation: Operation, timeline: Timeline, event: Event) -> None:  # noqa: ARG002
        self._open[operation.id] = operation, timeline
        self._live.refresh()

    def leave(self, operation: Operation) -> None:
        """What was seen of it stays."""
        _, timeline = self._open.pop(operation.id)
        self._print("\n".join(step_lines(operation, timeline, TERMINAL)))

    def end(self, operation: Operation, outcome: Outcome) -> None:
        self.leave(operation)
        self._print(ending(operation, outcome))

    def _print(self, text: str) -> None:
        self._console.print(Text("\n").join(map(_styled, visible(text).split("\n"))))


def _styled(line: str) -> Text:
    text = Text(line)
    text.stylize(STYLES.get(line[:1], ""), 0, 1)
    return text


class _Drawing:
    """The operations under way; where they are too high for the terminal, the newest of what has begun."""

    def __init__(self, operations: dict[str, tuple[Operation, Timeline]]) -> None:
        self._operations = operations

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = max(1, console.height - 1)
        wrapping = options.update(no_wrap=False, overflow="fold", height=None)
        lines = console.render_lines(self._all(), wrapping, pad=False)
        if len(lines) > room:
            lines = console.render_lines(self._all(to_come=False), wrapping, pad=False)[-room:]
        for line in lines:
            yield from line
            yield Segment.line()

    def _all(self, *, to_come: bool = True) -> Group:
        now = time.time()
        return Group(*(_drawn(*each, now, to_come=to_come) for each in self._operations.values()))


def _drawn(operation: Operation, timeline: Timeline, now: float, *, to_come: bool) -> Group:
    steps = Table.grid(padding=(0, 1))
    for line in step_lines(operation, timeline, TERMINAL):
        mark, rest = (line[:1], line[2:]) if line[:1] in STYLES else ("", line)
        if to_come or mark != TO_COME:
            steps.add_row(_styled(mark), Text(rest, overflow="fold"))
    return Group(Text(f"{operation.id}  {headline(operation, timeline, now, TERMINAL)}"), steps)


class _Output:
    """Standard output for rich; where nobody reads it any more, the operation goes on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.encoding = stream.encoding
        self.isatty, self.fileno, self.flush = stream.isatty, stream.fileno, _nothing

    def write(self, text: str) -> int:
        put(self._stream, text)
        return len(text)


def _nothing() -> None:
    """What is written is flushed already."""
