"""The inbox: a line is in it once, is handled by one, and is gone when it is answered."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.engine import inbox as inboxes
from deploy.engine.inbox import INBOX, Inbox, Taken
from deploy.engine.left import Left
from deploy.engine.outbox import Outbox
from deploy.redis import embedded
from deploy.redis.connect import connect
from tests.keys import SEAL
from tests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.redis.connect import State
    from tests.deploy.conftest import Opened
    from tests.deploy.relay import Relay

KEY, LINE = "trigger_id:1.1", '{"line": "lock app we measure"}'
SECRET = "https://hooks.slack.com/commands/T1/secret"


def an_inbox(state: State, consumer: str = "r1", stale: float = 60) -> Inbox:
    return Inbox(state, SEAL, consumer, stale=stale)


async def put(inbox: Inbox, key: str = KEY, text: str = LINE) -> Taken:
    taken = await inbox.put(key, text)
    assert taken
    return taken


async def taken(inbox: Inbox) -> Taken:
    """The line that it takes, once there is one."""
    found: list[Taken] = []

    async def take() -> bool:
        found.extend([line] if (line := await inbox.take()) else [])
        return bool(found)

    await until(take)
    return found[0]


async def left(state: State) -> tuple[int, int]:
    """How many lines there are, and how many notes of answers."""
    return (
        await state.ask("XLEN", state.key("inbox")),
        await state.ask("HLEN", state.key("inbox:answers")),
    )


async def test_a_line_is_put_once_however_often_it_arrives(state: State) -> None:
    line = await put(an_inbox(state))
    assert line == Taken(line.id, KEY, LINE)
    assert await an_inbox(state).put(KEY, LINE) is None
    assert await an_inbox(state, "r2").put(KEY, LINE) is None
    assert await left(state) == (1, 0)


async def test_whoever_put_a_line_has_it_as_long_as_it_keeps_it(state: State) -> None:
    mine, other = an_inbox(state, stale=0.3), an_inbox(state, "r2", stale=0.3)
    line = await put(mine)
    async with mine.kept(line):
        for _ in range(10):
            assert await other.take() is None
            await asyncio.sleep(0.05)
    assert await taken(other) == replace(line, tries=2)


async def test_whoever_lost_a_line_to_another_can_neither_answer_nor_end_it(state: State) -> None:
    slept, other = an_inbox(state, stale=0), an_inbox(state, "r2", stale=0)
    line = await put(slept)
    again = await taken(other)
    assert await slept.answered(line, "an answer") is None
    assert not await slept.done(line)
    assert not await slept.handed_on(line, "told", "all")
    await slept.leave(line)
    assert await other.done(again)
    assert await left(state) == (0, 0)
    assert await Outbox(state).empty()


async def test_each_try_waits_twice_as_long(state: State) -> None:
    inbox = an_inbox(state, stale=60)
    line = await put(inbox)
    for tries, minutes in enumerate((1, 2, 4, 8), 2):
        await idle(state, line, minutes * 60 - 10)
        assert await inbox.take() is None
        await idle(state, line, minutes * 60)
        assert await inbox.take() == replace(line, tries=tries)


async def idle(state: State, line: Taken, seconds: int) -> None:
    """Let nobody have given a sign of life for so long."""
    claim = ("XCLAIM", state.key("inbox"), inboxes.GROUP, "r1", 0, line.id, "IDLE", seconds * 1000, "JUSTID")
    await state.ask(*claim)


async def test_what_is_left_is_taken_at_once_and_counts_as_no_further_try_than_that(state: State) -> None:
    draining, other = an_inbox(state), an_inbox(state, "r2")
    line = await put(draining)
    await draining.leave(line)
    assert await other.take() == replace(line, tries=2)


async def test_a_line_that_was_answered_comes_with_its_answer(state: State) -> None:
    mine, other = an_inbox(state), an_inbox(state, "r2")
    line = await put(mine)
    answered = await mine.answered(line, "app is free")
    assert answered == replace(line, answer="app is free", sent=1)
    assert await mine.sending(answered) == 2
    await mine.leave(answered)
    again = await other.take()
    assert again == replace(answered, tries=2, sent=2)
    assert await other.done(again)
    assert await left(state) == (0, 0)


async def test_what_another_has_answered_is_not_sent_again_and_leaves_nothing(state: State) -> None:
    slept, other = an_inbox(state), an_inbox(state, "r2")
    answered = await slept.answered(await put(slept), "app is free")
    assert answered
    await slept.leave(answered)
    taken = await other.take()
    assert taken
    with pytest.raises(inboxes.TakenOver):
        await slept.sending(answered)
    assert await other.done(taken)
    for times in (1, -1):
        with pytest.raises(inboxes.TakenOver):
            await slept.sending(answered, times)
    assert await left(state) == (0, 0)


async def test_what_everybody_is_told_goes_on_to_the_outbox_as_the_line_ends(state: State) -> None:
    inbox = an_inbox(state)
    assert await inbox.handed_on(await put(inbox), "told", "ana holds app")
    message = await Outbox(state).take("r1", 0.01)
    assert message
    assert (message.kind, message.about) == ("told", "ana holds app")
    assert await left(state) == (0, 0)
    await Outbox(state).sent(message)


async def test_nothing_of_a_line_or_its_answer_can_be_read_in_redis(state: State) -> None:
    inbox = an_inbox(state)
    line = await put(inbox, text=SECRET)
    await inbox.answered(line, SECRET)
    stored = await state.ask("XRANGE", state.key("inbox"), "-", "+")
    stored += [await state.ask("HGETALL", state.key("inbox:answers"))]
    assert "hooks" not in str(stored)
    await inbox.done(line)


async def test_a_line_by_somebody_else_or_under_another_key_is_deleted(state: State) -> None:
    inbox, stream = an_inbox(state, stale=0.01), state.key("inbox")
    line = await put(inbox)
    ((_, fields),) = await state.ask("XRANGE", stream, "-", "+")
    await inbox.done(line)
    for moved in (fields["line"], "made up"):
        await state.ask("XADD", stream, "*", "key", "trigger_id:2.2", "line", moved)
    last = await put(inbox, "trigger_id:3.3")
    assert (await taken(inbox)).key == "trigger_id:3.3"
    await inbox.done(last)
    assert await left(state) == (0, 0)


async def test_a_line_that_a_newer_fisk_put_there_is_left_to_that_and_counted(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.engine.left.STAYS", -1)
    newer = await connect(
        f"unix://{state.redis.connection_pool.connection_kwargs['path']}", tmp_path, seal=SEAL
    )
    newer.signer.version += 1
    theirs = an_inbox(newer, "newer")
    line = await put(theirs)
    await theirs.leave(line)
    assert await an_inbox(state).take() is None
    assert await left(state) == (1, 0)
    assert await Left(state, INBOX).count() == 1
    await theirs.done(await taken(an_inbox(newer, "newer", stale=0)))
    assert await Left(state, INBOX).count() == 0
    await newer.aclose()


# --- a store that does not answer


@pytest.mark.outage
async def test_a_line_that_a_stopped_server_did_not_take_in_time_is_never_taken(
    opened: Opened, tmp_path: Path
) -> None:
    state = await opened()
    inbox = an_inbox(state)
    await inbox.put("trigger_id:0", LINE)  # by now it knows the server's clock
    server = embedded.Server(tmp_path).pid
    os.kill(server, signal.SIGSTOP)
    try:
        with pytest.raises(errors.NotTaken):
            await inbox.put(KEY, LINE)
    finally:
        os.kill(server, signal.SIGCONT)
    other = an_inbox(await opened(), "r2", stale=0)
    assert [each.key for each in (await taken(other), await taken(other))] == ["trigger_id:0"] * 2
    assert await inbox.put(KEY, LINE)  # typed again


async def test_a_line_whose_answer_got_lost_once_is_put_once(far: State, state: State, relay: Relay) -> None:
    relay.lose("lock app")
    relay.lose(KEY)
    line = await put(an_inbox(far))
    assert relay.lost == 1
    assert await left(state) == (1, 0)
    assert await an_inbox(state).done(line)


async def test_a_line_of_which_no_answer_came_is_taken_back(far: State, state: State, relay: Relay) -> None:
    inbox = an_inbox(far)
    relay.lose(KEY, times=2)
    with pytest.raises(errors.NotTaken):
        await inbox.put(KEY, LINE)
    assert await left(state) == (1, 0)
    assert await inbox.take() is None
    assert await left(state) == (0, 0)
    assert await inbox.done(await put(inbox))  # typed again


async def test_a_line_is_put_by_the_servers_clock_however_this_hosts_is_set(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = an_inbox(state)
    await inbox.done(await put(inbox, "trigger_id:0"))
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert await inbox.done(await put(inbox))


def test_the_bound_is_a_second() -> None:
    assert inboxes.ON_ITS_WAY < 1
