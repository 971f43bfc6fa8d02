"""The engine: memoised steps, cancel, hand-over, and an outcome whatever an operation's function does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

import commands.dispatch  # noqa: F401 (it loads every feature, and so every error)
from deploy.core import errors
from deploy.core.events import Finished, Progress, StepFinished, StepStarted, TakenOver
from deploy.core.model import Commit, Done, Failure, Operation
from deploy.core.outcomes import Cancelled, Completed, Failed, Outcome
from deploy.engine.claims import Aside
from deploy.engine.locks import BlockedBy
from deploy.redis import codec
from tests.deploy.conftest import ANA, MARKO, MakeEngine, an_operation, ended, events
from tests.deploy.engine.stories import done, never, waits, watching

if TYPE_CHECKING:
    from deploy.engine.engine import Op
    from deploy.engine.journal import Journal
    from deploy.redis.connect import State
    from deploy.redis.servers import View


async def test_a_story_runs_step_by_step_and_ends_with_its_outcome(
    engines: MakeEngine, journal: Journal
) -> None:
    async def story(op: Op) -> Outcome:
        first = await op.step("first", Done, done)
        await op.step("second", tuple[Done, ...], lambda: asyncio.sleep(0, (first,)))
        return Completed(first.note)

    operation = an_operation()
    await engines(story).submit(operation)
    told = await events(journal, operation.id)
    at = [event.at for event in told]
    assert told == [
        TakenOver("r1", at[0], 1),
        StepStarted("first", at[1]),
        StepFinished("first", at[2], "well"),
        StepStarted("second", at[3]),
        StepFinished("second", at[4]),
        Finished(at[5], Completed("well")),
    ]


async def test_a_step_that_was_journaled_is_not_run_again(engines: MakeEngine, journal: Journal) -> None:
    commit = Commit(
        "3f2a1b9c85e4d7f60a19b3c2e8d5f4a7061b9e3c",
        "Round VAT per line",
        "Marko",
        "marko",
        1.0,
        files=("vat.py",),
    )
    operation = an_operation()
    await journal.start(operation)
    lease = await journal.claim("gone")
    assert lease
    await journal.begin(lease, "resolve")
    text = codec.dump(Commit, commit)
    await journal.checkpoint(lease, text, StepFinished("resolve", 0))
    await journal.hand_over(lease)
    found: list[Commit] = []

    async def story(op: Op) -> Outcome:
        found.append(await op.step("resolve", Commit, never))
        return Completed()

    assert await engines(story).run_one(operation.id)
    assert found == [commit]


async def test_of_two_submissions_for_one_target_the_second_learns_who_runs(
    engines: MakeEngine, journal: Journal
) -> None:
    first, second = an_operation(), an_operation()
    engine = engines(waits)
    await engine.submit(first)
    with pytest.raises(BlockedBy) as caught:
        await engine.submit(second)
    assert caught.value.snapshot.operation == first
    await journal.cancel(first.id, ANA)
    await engine.idle()


async def test_a_cancel_ends_a_pause_at_once(engines: MakeEngine, journal: Journal) -> None:
    engine = engines(waits)
    working = asyncio.create_task(engine.work())
    operation = an_operation()
    await engine.submit(operation)
    await watching(journal, operation)
    await journal.cancel(operation.id, MARKO)
    assert (await ended(journal, operation.id)).outcome == Cancelled(MARKO)
    await engine.drain(0)
    await working


async def test_a_story_that_puts_back_is_not_cancelled_again(engines: MakeEngine, journal: Journal) -> None:
    paused = []

    async def story(op: Op) -> Outcome:
        try:
            await waits(op)
        except errors.CancelRequested as stop:
            with op.undoing():
                await op.pause(0.01)
                paused.append(await op.step("put back", Done, done))
            return Failed(stop.failure)
        return Completed()

    engine = engines(story)
    operation = an_operation()
    await engine.submit(operation)
    await watching(journal, operation)
    await journal.cancel(operation.id, MARKO)
    expected = Failed(Failure("cancelled", "marko asked to stop it."))
    assert (await ended(journal, operation.id)).outcome == expected
    assert paused == [Done("well")]


async def test_an_operation_cancelled_before_anybody_ran_it_ends_without_a_step(
    engines: MakeEngine, journal: Journal
) -> None:
    operation = an_operation()
    await journal.start(operation)
    await journal.cancel(operation.id, MARKO)
    await engines(waits).run_one(operation.id)
    snapshot = await journal.load(operation.id)
    assert (snapshot.outcome, snapshot.step) == (Cancelled(MARKO), "")


async def test_of_many_reports_the_last_is_told_before_the_step_ends(
    engines: MakeEngine, journal: Journal
) -> None:
    async def story(op: Op) -> Outcome:
        async def build() -> Done:
            for number in range(100):
                await op.report(f"step {number}", eta=100 - number)
            return Done()

        await op.step("build", Done, build)
        return Completed()

    operation = an_operation()
    await engines(story).submit(operation)
    told = await events(journal, operation.id)
    reports = [event for event in told if isinstance(event, Progress)]
    assert reports == [Progress("build", reports[0].at, "step 99", 1)]
    assert [type(event) for event in told[-3:]] == [Progress, StepFinished, Finished]


async def test_kinds_without_a_story_are_left_to_others(engines: MakeEngine, journal: Journal) -> None:
    other, known = an_operation("buildkit:one", kind="buildkit"), an_operation()
    await journal.start(other)
    await journal.start(known)
    seen: list[Operation] = []

    async def story(_: Op) -> Outcome:
        return Completed()

    engine = engines(story, on_run=seen.append)
    working = asyncio.create_task(engine.work())
    assert (await ended(journal, known.id)).outcome == Completed()
    assert not await engine.run_one(other.id)
    assert (await journal.load(other.id)).state == "waiting"
    assert seen == [known]
    await engine.drain(0)
    await working
    await journal.abandon(other.id, ANA, "the test is over")


@pytest.mark.parametrize(
    "text",
    ['{"id":"d-0","kind":"deploy","what":"is missing"}', "not even JSON", '"deploy"'],
    ids=["fields missing", "no JSON", "text"],
)
async def test_a_record_that_cannot_be_read_keeps_no_other_one_waiting(
    engines: MakeEngine, journal: Journal, state: State, text: str
) -> None:
    async def story(_: Op) -> Outcome:
        return Completed()

    text = state.signer.sign(text, "d-0", "operation")
    fields = ("operation", text, "state", "waiting", "seen", 0, "fence", 0)
    await state.ask("HSET", state.key("op:d-0"), *fields)
    await state.ask("ZADD", state.key("leases"), 1, "d-0")
    known = an_operation()
    await journal.start(known)
    engine = engines(story)
    working = asyncio.create_task(engine.work())
    assert (await ended(journal, known.id)).outcome == Completed()
    later = an_operation()
    await journal.start(later)
    assert (await ended(journal, later.id)).outcome == Completed()
    assert await journal.running() == ()
    await engine.drain(0)
    await working
    assert await journal.aside() == (Aside("d-0", "unreadable"),)
    with pytest.raises(errors.SetAside, match="fisk cannot read what is written down of it"):
        await journal.load("d-0")


async def test_looking_for_work_outlives_whatever_goes_wrong(
    engines: MakeEngine, journal: Journal, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(_: Op) -> Outcome:
        return Completed()

    look, wrong = state.look, [KeyError("role"), RuntimeError()]

    async def goes_wrong() -> View:
        if wrong:
            raise wrong.pop()
        return await look()

    monkeypatch.setattr(state, "look", goes_wrong)
    operation = an_operation()
    await journal.start(operation)
    engine = engines(story)
    working = asyncio.create_task(engine.work())
    assert (await ended(journal, operation.id)).outcome == Completed()
    await engine.drain(0)
    await working


async def test_a_view_that_fails_does_not_fail_the_operation(engines: MakeEngine, journal: Journal) -> None:
    def view(_: Operation) -> None:
        raise RuntimeError

    async def story(_: Op) -> Outcome:
        return Completed()

    operation = an_operation()
    await engines(story, on_run=view).submit(operation)
    assert (await ended(journal, operation.id)).outcome == Completed()
