"""Operations as a terminal shows them: drawn in place where it can do that, else as lines."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.cli.live import Screen
from bot.cli.main import warn
from bot.cli.views import Lines, View, at_terminal
from bot.words.timeline import Timeline
from deploy.core.events import Event, Finished, Progress, StepFinished, StepStarted
from deploy.core.outcomes import Completed
from tests.golden.samples import operation
from tests.screen import COLOUR, Terminal

if TYPE_CHECKING:
    from deploy.core.model import Operation

DEPLOY = replace(operation("deploy"), created=time.time(), usual=0)
DONE = Completed(note="It is done")
WAITS = "Coolify: Waiting for healthcheck to pass on the new container."
EVENTS: tuple[Event, ...] = (
    StepStarted("resolve", 1),
    StepFinished("resolve", 2, note="by Marko Babić"),
    StepStarted("gates", 3),
    StepFinished("gates", 4, note="built in 18 min; linux/arm64; 3 commits ahead of what runs"),
    StepStarted("watch", 5),
    Progress("watch", 6, WAITS),
)
END = [
    "d-7k3f: deploy 3f2a1b9 --to app",
    "✓ resolve   by Marko Babić",
    "✓ gates   built in 18 min; linux/arm64; 3 commits ahead of what runs",
]


@pytest.fixture(autouse=True)
def _xterm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def shown(monkeypatch: pytest.MonkeyPatch, columns: int = 80, lines: int = 24) -> Iterator[Terminal]:
    """A terminal that is this process's standard output and error, of which rich asks the environment first."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LINES", str(lines))
    with Terminal.opened(columns, lines) as terminal, os.fdopen(os.dup(terminal.program), "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "stderr", stream)
        yield terminal


def tell(view: View, *events: Event, of: Operation = DEPLOY) -> Timeline:
    timeline = Timeline()
    view.begin(of)
    for event in events:
        timeline = timeline.after(event)
        view.tell(of, timeline, event)
    return timeline


async def test_what_is_under_way_is_drawn_in_place_and_stays_as_lines_when_it_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with shown(monkeypatch) as terminal:
        async with at_terminal() as view:
            timeline = tell(view, *EVENTS)
            first, head, *steps = terminal.seen
            assert first == END[0]
            assert head.startswith("d-7k3f  Deploying")
            assert steps[:2] == END[1:]
            assert steps[2:] == [f"● watch   {WAITS}", "○ point", "○ trigger", "○ prove"]
            view.tell(DEPLOY, timeline.after(Finished(7, DONE)), Finished(7, DONE))
            view.end(DEPLOY, DONE)
        assert terminal.seen[:3] == END
        assert terminal.seen[-2:] == ["✓ app: It is done.", "  Log: fisk logs d-7k3f"]
        assert COLOUR.search(terminal.read())


WRAPPED = ["● watch   Coolify: Waiting for", "  healthcheck to pass on the new", "  container."]


async def test_what_is_drawn_fits_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    with shown(monkeypatch, 40) as terminal:
        async with Screen() as view:
            tell(view, *EVENTS)
            _, *drawn = terminal.seen
            assert [each for each in drawn if len(each) > 40] == []
            assert drawn[-6:] == [*WRAPPED, "○ point", "○ trigger", "○ prove"]


async def test_on_a_low_terminal_is_what_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    with shown(monkeypatch, 40, 6) as terminal:
        async with Screen() as view:
            tell(view, *EVENTS)
            gates = ["✓ gates   built in 18 min; linux/arm64;", "  3 commits ahead of what runs"]
            assert terminal.seen[1:] == [*gates, *WRAPPED]


async def test_without_colour_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with shown(monkeypatch) as terminal:
        async with Screen() as view:
            tell(view, *EVENTS)
            assert "✓ resolve   by Marko Babić" in terminal.seen
        assert COLOUR.findall(terminal.read()) == []


async def test_what_is_said_beside_it_stands_above_and_is_not_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    with shown(monkeypatch, 40) as terminal:
        async with Screen() as view:
            tell(view, *EVENTS)
            view.say(f"● {'a line to copy ' * 4}")
            warn("This, too, however long it may be: `fisk op d-7k3f`.")
            seen = terminal.seen
            assert seen[1:3] == [
                f"● {'a line to copy ' * 4}".rstrip(),
                "This, too, however long it may be: `fisk op d-7k3f`.",
            ]
            assert seen[3].startswith("d-7k3f  Deploying")


async def test_what_one_leaves_stays_as_far_as_it_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    with shown(monkeypatch) as terminal:
        async with Screen() as view:
            tell(view, *EVENTS)
            view.leave(DEPLOY)
        assert terminal.seen[3] == f"● watch   {WAITS}"


async def test_several_are_drawn_below_each_other_until_each_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(operation("runner restart"), id="r-2abc", created=time.time(), usual=0)
    with shown(monkeypatch) as terminal:
        async with Screen() as view:
            tell(view, *EVENTS)
            tell(view, StepStarted("resolve", 1), of=other)
            heads = [line[:6] for line in terminal.seen[2:] if line[:1] in "dr"]
            assert heads == ["d-7k3f", "r-2abc"]
            view.end(DEPLOY, DONE)
            assert [line[:6] for line in terminal.seen[-8:] if line[:2] == "r-"] == ["r-2abc"]


async def test_a_terminal_that_has_gone_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with Terminal.opened() as terminal:
        stream = os.fdopen(os.dup(terminal.program), "w")
        monkeypatch.setattr(sys, "stdout", stream)
        async with Screen() as view:
            view.begin(DEPLOY)
            terminal.hang_up()
            tell(view, *EVENTS)
            view.end(DEPLOY, DONE)
        stream.close()


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_draw_gets_lines(monkeypatch: pytest.MonkeyPatch, term: str) -> None:
    monkeypatch.setenv("TERM", term)
    with shown(monkeypatch):
        assert isinstance(at_terminal(), Lines)


def test_where_no_terminal_reads_there_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    view = at_terminal()
    tell(view, *EVENTS)
    view.end(DEPLOY, DONE)
    assert capsys.readouterr().out.splitlines() == [
        *END,
        f"  … {WAITS}",
        "✓ app: It is done.",
        "  Log: fisk logs d-7k3f",
    ]
