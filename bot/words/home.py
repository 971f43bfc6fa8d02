"""Texts of the Home tab: each target, the chain, what is under way, what waits for the reader, what they did last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.words.access import question
from bot.words.history import row
from bot.words.line import in_line, letting_go_first
from bot.words.offers import stop
from bot.words.stats import of_week
from bot.words.status import hold_line, of_chain, of_fisk, of_systems, of_target, offers
from bot.words.timeline import Timeline
from deploy.access.arguments import ApprovalArguments
from deploy.core.ask import known
from deploy.core.freeze import EVERYTHING
from deploy.core.model import Offer
from deploy.core.parts import beside
from deploy.kinds import KINDS

if TYPE_CHECKING:
    from bot.words.format import Format
    from bot.words.registry import Text
    from commands.home import AtHome
    from deploy.engine.journal import Snapshot
    from deploy.stats.builds import Health
    from deploy.status.overview import Status

ASKING = "Asking Coolify, GitHub, the registry and the hosts what runs…"
HOW = "Type `/fisk` in a channel to do something, `/fisk help` for everything."


def sections(it: AtHome, fmt: Format) -> Iterator[Text]:
    """From top to bottom, each with its buttons."""
    if it.refused:
        yield f"You may not look: {fmt.escape(it.refused)}.", ()
        return
    for each in it.asked:
        yield from _asked(each, fmt)
    for each in it.running:
        yield _running(each, it.running, fmt), _after(each, it.running)
    for target in it.chain:
        yield "\n".join([*of_target(target, fmt), *_held(target, fmt)]), offers(target)
    yield (_chain(it.chain[0], it.builds, fmt) if it.chain else ASKING), ()
    yield _mine(it, fmt), ()
    yield fmt.escape(HOW), ()


def _asked(snapshot: Snapshot, fmt: Format) -> Iterator[Text]:
    asks = snapshot.operation.arguments
    if isinstance(asks, ApprovalArguments):
        text, buttons = question(snapshot.operation, asks, Timeline(progress=snapshot.progress), fmt)
        yield f"{fmt.bold('Waits for you')}\n{text}", buttons[:-1]  # the last one is the asker's


def _running(snapshot: Snapshot, running: tuple[Snapshot, ...], fmt: Format) -> str:
    operation = snapshot.operation
    if not snapshot.known:
        return fmt.escape(f"● {operation.id}: no record that fisk can read, but its locks are taken")
    at = snapshot.step or "about to begin"
    progress = f": {beside(snapshot.step, snapshot.progress)}" if snapshot.progress else ""
    doing = f"{KINDS.busy(operation)}{in_line(snapshot, running)} · {at}{progress}"
    return f"● {fmt.person(operation.actor)} {fmt.escape(doing)}"


def _after(snapshot: Snapshot, running: tuple[Snapshot, ...]) -> tuple[Offer, ...]:
    operation = snapshot.operation
    show = Offer("Show it", f"op {operation.id}")
    return show, *letting_go_first(snapshot, running), stop(operation, step=snapshot.step)


def _held(it: Status, fmt: Format) -> list[str]:
    memory = known(it.memory)
    holds = memory.holds if memory else ()
    mine = [each for each in holds if each.resource in {it.target.resource, EVERYTHING}]
    return [f"      on hold: {hold_line(each, fmt)}" for each in mine]


def _chain(it: Status, builds: Health | None, fmt: Format) -> str:
    asked = f"_As the systems answered at {fmt.clock(it.now)}._" if fmt.slack else ""
    return "\n".join(
        [
            *of_chain(it, fmt),
            *of_week(builds, fmt),
            of_systems(it, fmt),
            *of_fisk(it, fmt),
            *([asked] if asked else []),
        ]
    )


def _mine(it: AtHome, fmt: Format) -> str:
    rows = [row(each, it.now, fmt) for each in it.mine]
    return "\n".join([fmt.bold("What you did last"), *(rows or ["Nothing yet."])])
