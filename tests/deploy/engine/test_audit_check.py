"""Whoever can write to Redis leaves traces in the audit log that `audit verify` names."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.engine.audit import Audit, Entry
from deploy.engine.audit_check import Checked, check
from deploy.redis.connect import connect
from tests.deploy.conftest import ANA, HERE
from tests.keys import SEAL

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.redis.connect import State

Tamper = Callable[["State"], Awaitable[object]]
FIVE = 5


@pytest.fixture
async def five(state: State) -> State:
    """A log of five entries."""
    for number in range(FIVE):
        await Audit(state).write(entry(number))
    return state


def entry(number: int) -> Entry:
    return Entry(float(number), ANA, HERE, f"env copy a b{number}", outcome="done")


async def positions(state: State) -> list[str]:
    return [position for position, _ in await state.ask("XRANGE", state.deeds.stream, "-", "+")]


async def texts(state: State) -> list[str]:
    return [fields["entry"] for _, fields in await state.ask("XRANGE", state.deeds.stream, "-", "+")]


async def write_anew(state: State, entries: list[str]) -> None:
    """Replace the whole stream, as whoever has Redis can."""
    await state.ask("DEL", state.deeds.stream)
    for text in entries:
        await state.ask("XADD", state.deeds.stream, "*", "entry", text)


async def remove(state: State, *which: int) -> None:
    for position in [(await positions(state))[at] for at in which]:
        await state.ask("XDEL", state.deeds.stream, position)


async def change(state: State) -> None:
    there = await texts(state)
    await write_anew(state, [*there[:2], there[2].replace("b2", "b7"), *there[3:]])


async def swap(state: State) -> None:
    one, two, *rest = await texts(state)
    await write_anew(state, [two, one, *rest])


async def repeat(state: State) -> None:
    there = await texts(state)
    await write_anew(state, [*there[:3], there[1], *there[3:]])


async def put_in(state: State) -> None:
    there = await texts(state)
    await write_anew(state, [*there[:3], "f" * 32 + " 4 - {}", *there[3:]])


async def forget_head(state: State) -> None:
    await state.ask("DEL", state.key("audit:head"))


async def false_head(state: State) -> None:
    await state.ask("SET", state.key("audit:head"), "4 " + "f" * 32)


TAMPERED: list[tuple[str, Tamper, tuple[str, ...]]] = [
    ("nothing", lambda _: asyncio.sleep(0), ()),
    ("the first removed", lambda it: remove(it, 0), ("entry 1 was removed",)),
    ("two removed in the middle", lambda it: remove(it, 1, 2), ("entries 2 to 3 were removed",)),
    ("the newest cut off", lambda it: remove(it, 3, 4), ("entries 4 to 5 were removed",)),
    ("one changed", change, ("entry 3 was changed",)),
    ("one put in", put_in, ("1 put in after entry 3 that fisk did not write",)),
    ("two swapped", swap, ("entry 1 was removed", "entry 1 stands after entry 2", "entry 2 was removed")),
    ("one repeated", repeat, ("entry 2 stands after entry 3", "entry 3 was removed")),
    ("the head gone", forget_head, ("the note of the newest entry is gone",)),
    ("the head changed", false_head, ("the note of the newest entry is about entry 4, not about entry 5",)),
]


@pytest.mark.parametrize(("tamper", "wrong"), [each[1:] for each in TAMPERED], ids=[e[0] for e in TAMPERED])
async def test_what_was_done_to_the_log_is_named(five: State, tamper: Tamper, wrong: tuple[str, ...]) -> None:
    await tamper(five)
    found = await check(five.deeds)
    assert found.wrong == wrong


async def test_a_whole_log_says_what_it_has(five: State) -> None:
    assert await check(five.deeds) == Checked("audit", 1, FIVE, 0, ())
    assert await check(five.refusals) == Checked("refusals", 0, 0, 0, ())


async def test_the_newest_entries_and_their_note_cut_off_are_seen_by_a_copy_alone(five: State) -> None:
    copy = {found.link.seq: found.link.mac async for _, found in five.deeds.entries() if found}
    (_, third), *_ = [each async for each in five.deeds.entries()][2:]
    assert third
    await remove(five, 3, 4)
    await five.ask("SET", five.key("audit:head"), str(third.link))
    assert (await check(five.deeds)).wrong == ()
    cut = "entries 4 to 5 were cut off: audit.jsonl has what is missing"
    assert (await check(five.deeds, copy, "audit.jsonl")).wrong == (cut,)
    await Audit(five).write(entry(7))
    other = ("entry 4 is another one in audit.jsonl", "entry 5 was cut off: audit.jsonl has what is missing")
    assert (await check(five.deeds, copy, "audit.jsonl")).wrong == other


async def test_after_a_false_head_the_log_goes_on_and_says_so(five: State) -> None:
    await five.ask("SET", five.key("audit:head"), "what?")
    await Audit(five).write(entry(7))
    assert (await check(five.deeds)).wrong[0] == "entry 1 stands after entry 5"


async def test_three_processes_write_one_chain(valkey_url: str, tmp_path: Path) -> None:
    states = [await connect(valkey_url, tmp_path, seal=SEAL) for _ in range(3)]
    await asyncio.gather(*(Audit(state).write(entry(n)) for n in range(40) for state in states))
    assert await check(states[0].deeds) == Checked("audit", 1, 120, 0, ())
    entries = await Audit(states[1]).since(0)
    assert sorted(each.what for each in entries) == sorted(f"env copy a b{n}" for n in [*range(40)] * 3)
    for state in states:
        await state.aclose()


async def test_in_an_outage_all_who_wait_are_told_by_the_first_ones_attempt(
    five: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried, queued = 0, asyncio.Event()

    async def lost(*_: object) -> None:
        nonlocal tried
        tried += 1
        await queued.wait()
        raise errors.MemoryFull(where="the memory")

    with monkeypatch.context() as outage:
        outage.setattr(five, "run", lost)
        writing = [asyncio.create_task(Audit(five).write(entry(n))) for n in range(20)]
        await asyncio.sleep(0)
        queued.set()
        failed = await asyncio.gather(*writing, return_exceptions=True)
    assert (tried, {str(each) for each in failed}) == (1, {str(errors.MemoryFull(where="the memory"))})
    await Audit(five).write(entry(7))
    assert await check(five.deeds) == Checked("audit", 1, FIVE + 1, 0, ())


async def test_trimming_leaves_an_anchor_that_the_rest_follows(
    five: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(five.deeds, "_keep", 2)
    await five.deeds.trim()
    assert await check(five.deeds) == Checked("audit", 4, FIVE, 3, ())
    await five.deeds.trim()
    assert await check(five.deeds) == Checked("audit", 4, FIVE, 3, ())
    await remove(five, 0)
    assert (await check(five.deeds)).wrong == ("entry 4 was removed",)
    await five.ask("SET", five.key("audit:anchor"), "f" * 32 + " 4 " + "f" * 32)
    changed = "the note of what was trimmed changed, so what is missing before the first entry is not known"
    assert (await check(five.deeds)).wrong == (changed,)


async def test_old_entries_are_trimmed_even_to_the_last(five: State) -> None:
    await five.deeds.trim(await five.now() + 60)
    assert await check(five.deeds) == Checked("audit", 0, FIVE, FIVE, ())
    await Audit(five).write(entry(7))
    assert await check(five.deeds) == Checked("audit", 6, 6, FIVE, ())


async def test_a_log_that_is_not_whole_is_not_trimmed(five: State) -> None:
    await remove(five, 1)
    await five.deeds.trim(await five.now() + 60)
    assert (await check(five.deeds)).wrong == ("entry 2 was removed",)


async def test_refusals_push_no_deed_out(five: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.redis.chain.TRIM_EVERY", 2)
    monkeypatch.setattr(five.refusals, "_keep", 2)
    for number in range(8):
        await Audit(five).refused(entry(number))
    assert await check(five.refusals) == Checked("refusals", 7, 8, 6, ())
    assert await check(five.deeds) == Checked("audit", 1, FIVE, 0, ())
