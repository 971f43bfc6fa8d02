"""Holds with an end, of everything, and freezes of fisk.toml's: what they stop, and when they are over."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.words.format import TERMINAL
from bot.words.texts import reply_text
from commands.deploys import Judged
from commands.locks import Frozen, LocksTable
from commands.reply import Started
from commands.status import ChainStatus
from deploy.core import errors
from deploy.core.freeze import Freeze, Freezes
from deploy.core.model import Hold, Resource
from deploy.core.units import instant
from deploy.engine.audit import Reckoned
from deploy.engine.locks import HeldBy, Locks
from deploy.status.overview import Memory
from tests.commands.conftest import MARKO
from tests.deploy.conftest import ANA, an_operation

if TYPE_CHECKING:
    from tests.commands.conftest import Asking

ALWAYS = Freeze("the year's end", dates=("2000-01-01 to 2999-12-31",))


def frozen(asking: Asking, *windows: Freeze) -> Asking:
    """The same with these windows."""
    freezes, memory = Freezes(windows), asking.parts.world.memory
    memory.journal.freezes = freezes
    return replace(asking, parts=replace(asking.parts, world=replace(asking.parts.world, freezes=freezes)))


async def until_now(asking: Asking, resource: Resource) -> None:
    """Let a hold's time be over."""
    locks = Locks(asking.parts.state)
    now = await asking.parts.state.now()
    await locks.hold(resource, ANA, "measuring", until=now - 1)


async def test_a_hold_says_when_it_ends_in_which_zone(asking: Asking) -> None:
    now = await asking.parts.world.memory.now()
    reply = await asking("lock app measuring --for 2h")
    assert isinstance(reply, Frozen)
    assert reply.hold.until == pytest.approx(now + 7200, abs=5)
    until = Freezes().shown(reply.hold.until)
    told = f"@ana holds app: measuring. Nobody deploys to it until {until}, or `fisk unlock app`."
    assert reply_text(reply, TERMINAL)[0] == told
    with pytest.raises(errors.OnHold) as refusal:
        await asking("deploy 3f2a1b9", MARKO)
    assert f" until {instant(reply.hold.until)}: measuring." in str(refusal.value)


@pytest.mark.parametrize("line", ["lock app x --until yesterday", "lock app x --until 2001-01-01T07:00"])
async def test_an_end_that_is_not_to_come_is_refused(asking: Asking, line: str) -> None:
    with pytest.raises(errors.NotInTheFuture):
        await asking(line)


async def test_a_reason_has_an_end(asking: Asking) -> None:
    with pytest.raises(errors.ReasonTooLong):
        await asking(f"lock app {'x' * 301}")


async def test_a_hold_ends_by_itself(asking: Asking) -> None:
    await until_now(asking, Resource("app", "app"))
    table = await asking("locks")
    assert isinstance(table, LocksTable)
    assert table.holds == ()
    with pytest.raises(errors.NotHeld):
        await asking("unlock app")
    assert isinstance(await asking("deploy 3f2a1b9"), Started)
    assert await asking.parts.state.ask("HGETALL", asking.parts.state.key("holds")) == {}


async def test_somebody_else_may_hold_what_was_held_until_a_while_ago(asking: Asking) -> None:
    await until_now(asking, Resource("app", "app"))
    reply = await asking("lock app mine now", MARKO)
    assert isinstance(reply, Frozen)
    assert reply.hold.actor == MARKO


@pytest.mark.parametrize(
    "line", ["deploy 3f2a1b9", "rollback app", "deploy 3f2a1b9 --to staging", "runner restart"]
)
async def test_everything_is_held_by_one_line_and_let_go_by_another(asking: Asking, line: str) -> None:
    reply = await asking("lock all an incident")
    assert isinstance(reply, Frozen)
    told = "@ana holds all: an incident. Nobody changes anything until `fisk unlock all`."
    assert reply_text(reply, TERMINAL)[0] == told
    with pytest.raises(errors.OnHold) as refusal:
        await asking(line)
    assert "@ana holds all since " in str(refusal.value)
    await asking("unlock all")
    assert isinstance(await asking(line), Started)


async def test_the_hold_of_any_of_its_resources_stops_an_operation_and_is_told_whole(asking: Asking) -> None:
    await asking("lock staging an incident")
    with pytest.raises(HeldBy) as held:
        await asking.parts.world.memory.journal.start(an_operation("env:2", "app:staging"))
    assert (held.value.hold.actor, held.value.hold.reason) == (ANA, "an incident")


@pytest.mark.parametrize("line", ["deploy 3f2a1b9", "rollback app", "runner restart"])
async def test_in_a_freeze_nothing_begins(asking: Asking, line: str) -> None:
    with pytest.raises(errors.Frozen) as refusal:
        await frozen(asking, ALWAYS)(line)
    assert str(refusal.value) == (
        "Not started: everything is frozen until 3000-01-01T00:00Z: the year's end."
    )


async def test_a_freeze_of_one_target_leaves_the_others(asking: Asking) -> None:
    asking = frozen(asking, replace(ALWAYS, targets=("app",)))
    with pytest.raises(errors.Frozen, match="app is frozen until"):
        await asking("deploy 3f2a1b9")
    assert isinstance(await asking("deploy 3f2a1b9 --to staging"), Started)


async def test_only_an_operation_that_breaks_the_glass_goes_past_both(asking: Asking) -> None:
    asking = frozen(asking, ALWAYS)
    journal = asking.parts.world.memory.journal
    await asking("lock app an incident")
    with pytest.raises(HeldBy):
        await journal.start(an_operation())
    assert await journal.start(replace(an_operation(), break_glass="fire"), runner="r1")


async def test_trying_out_names_holds_and_freezes_among_the_gates(asking: Asking) -> None:
    await asking("lock app an incident")
    reply = await frozen(asking, ALWAYS)("deploy 3f2a1b9 --noop")
    assert isinstance(reply, Judged)
    gate = reply.report.verdicts[0]
    assert (gate.gate, gate.stops, gate.error and gate.error.code) == ("hold", True, "on_hold")
    await asking("unlock app")
    reply = await frozen(asking, ALWAYS)("deploy 3f2a1b9 --noop --force")
    assert isinstance(reply, Judged)
    gate = reply.report.verdicts[0]
    assert (gate.gate, gate.stops, gate.error and gate.error.code) == ("freeze", True, "frozen")


async def test_locks_and_status_show_holds_and_freezes_with_their_end(asking: Asking) -> None:
    asking = frozen(asking, ALWAYS)
    await asking("lock app measuring --until 2999-01-01T07:00")
    table, chain = await asking("locks"), await asking("status")
    assert isinstance(table, LocksTable)
    assert isinstance(chain, ChainStatus)
    held = table.holds[0]
    since = reply_text(table, TERMINAL)[0].split(" since ")[1].split("\n")[0]
    assert reply_text(table, TERMINAL)[0].split("\n") == [
        f"Held until 01 Jan 07:00 UTC: app: measuring, by @ana since {since}",
        "Frozen until 01 Jan 00:00 UTC: all: the year's end, by fisk.toml",
    ]
    assert held == Hold(Resource("app", "app"), ANA, "measuring", held.since, held.until)
    memory = chain.status.memory
    assert isinstance(memory, Memory)
    assert memory.holds == table.holds
    line = next(each for each in reply_text(chain, TERMINAL)[0].split("\n") if each.startswith("holds"))
    assert line.startswith(
        "holds app by @ana until 01 Jan 07:00 UTC (measuring), all frozen by fisk.toml until"
    )


async def test_the_clock_of_the_store_decides_though_it_is_not_asked_each_time(asking: Asking) -> None:
    clock = Reckoned(asking.parts.state)
    assert await clock.now() == pytest.approx(await asking.parts.state.now(), abs=2)
    assert await clock.now() == pytest.approx(await asking.parts.state.now(), abs=2)
