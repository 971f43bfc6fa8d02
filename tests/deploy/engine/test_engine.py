"""The engine: memoised steps, cancel, hand-over, and outcomes for whatever a story does."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

import commands.dispatch  # noqa: F401 (it loads every feature, and so every error)
from deploy.core import errors
from deploy.core.events import Finished, Progress, StepFailed, StepFinished, StepStarted, TakenOver
from deploy.core.model import Commit, Done, Failure, Offer, Operation
from deploy.core.outcomes import Abandoned, Cancelled, Completed, Failed, Outcome, Refused
from deploy.deploys.errors import NothingToRollBackTo, OffMain, Unhealthy
from deploy.engine.failures import freeze, thaw
from deploy.engine.locks import BlockedBy, Locks
from deploy.redis import codec
from tests.deploy.conftest import ANA, MARKO, MakeEngine, an_operation, ended, events
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.engine.engine import Engine, Op
    from deploy.engine.journal import Journal
    from deploy.redis.connect import State


async def done() -> Done:
    return Done("well")


async def waits(op: Op) -> Outcome:
    """A story that goes on until somebody stops it."""

    async def watch() -> Done:
        while True:
            await op.pause(60)

    await op.step("watch", Done, watch)
    return Completed()


async def watching(journal: Journal, operation: Operation) -> None:
    async def begun() -> bool:
        return (await journal.load(operation.id)).step == "watch"

    await until(begun)


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
    commit = Commit("3f2a1b9", "Round VAT per line", "Marko", "marko", 1.0, files=("vat.py",))
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


async def never() -> Commit:
    raise AssertionError("a journaled step ran again")


async def test_a_failure_that_was_journaled_is_met_again(engines: MakeEngine, journal: Journal) -> None:
    """Or else a deploy that failed, and was put back, would after a crash find the app healthy."""
    operation = an_operation()
    await journal.start(operation)
    lease = await journal.claim("gone")
    assert lease
    error = Unhealthy(sha="e02d8aa", path="/api/health", status=503, seconds=60.0)
    await journal.checkpoint_failure(lease, freeze(error), StepFailed("prove", 0, error.failure))
    await journal.hand_over(lease)

    async def story(op: Op) -> Outcome:
        await op.step("prove", Commit, never)
        return Completed()

    await engines(story).run_one(operation.id)
    assert (await journal.load(operation.id)).outcome == Failed(error.failure)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (NothingToRollBackTo(target="app"), Refused),
        (OffMain(sha="3f2a1b9", branch="main"), Refused),
        (errors.TimedOut(system="Coolify", seconds=10), Failed),
    ],
)
async def test_what_a_story_raises_becomes_its_outcome(
    engines: MakeEngine, journal: Journal, error: errors.FiskError, outcome: type[Refused | Failed]
) -> None:
    async def story(_: Op) -> Outcome:
        raise error

    operation = an_operation()
    await engines(story).submit(operation)
    assert (await ended(journal, operation.id)).outcome == outcome(error.failure)


async def test_a_mistake_in_a_story_is_told_without_its_text(engines: MakeEngine, journal: Journal) -> None:
    async def story(_: Op) -> Outcome:
        raise KeyError("s3cret")

    operation = an_operation()
    await engines(story).submit(operation)
    expected = Failed(errors.Internal(kind="KeyError").failure)
    assert (await ended(journal, operation.id)).outcome == expected


async def test_a_failed_step_is_told_and_the_story_decides(engines: MakeEngine, journal: Journal) -> None:
    error = errors.TimedOut(system="Coolify", seconds=10.0)

    async def fails() -> Done:
        raise error

    async def story(op: Op) -> Outcome:
        with suppress(errors.SystemFailure):
            await op.step("trigger", Done, fails)
        await op.step("put back", Done, done)
        return Failed(error.failure)

    operation = an_operation()
    await engines(story).submit(operation)
    told = await events(journal, operation.id)
    assert [event for event in told if isinstance(event, StepFailed)] == [
        StepFailed("trigger", told[2].at, error.failure)
    ]
    assert told[-1] == Finished(told[-1].at, Failed(error.failure))


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


async def test_a_draining_engine_refuses_and_lets_what_runs_finish(
    engines: MakeEngine, journal: Journal
) -> None:
    async def story(op: Op) -> Outcome:
        await op.pause(0.05)
        return Completed()

    engine = engines(story)
    operation = an_operation()
    await engine.submit(operation)
    draining = asyncio.create_task(engine.drain(10))
    await asyncio.sleep(0)
    with pytest.raises(errors.Draining):
        await engine.submit(an_operation("app:staging"))
    await draining
    assert (await journal.load(operation.id)).outcome == Completed()


async def test_what_does_not_finish_in_time_is_handed_over_at_once(
    engines: MakeEngine, journal: Journal
) -> None:
    engine = engines(waits)
    operation = an_operation()
    await engine.submit(operation)
    await watching(journal, operation)
    await engine.drain(0)
    snapshot = await journal.load(operation.id)
    assert (snapshot.state, snapshot.runner) == ("running", "")

    async def story(_: Op) -> Outcome:
        return Completed("the other one")

    assert await engines(story, "r2").run_one(operation.id)
    assert (await journal.load(operation.id)).outcome == Completed("the other one")


async def test_a_step_that_hears_nothing_is_cut_off_when_fisk_must_go(
    engines: MakeEngine, journal: Journal
) -> None:
    async def story(op: Op) -> Outcome:
        await op.step("watch", Done, lambda: asyncio.sleep(3600, Done()))
        return Completed()

    engine = engines(story)
    operation = an_operation()
    await engine.submit(operation)
    await watching(journal, operation)
    await engine.drain(0)
    assert (await journal.load(operation.id)).runner == ""
    await journal.abandon(operation.id, ANA, "the test is over")


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
    ['{"id":"d-0","kind":"deploy","from":"a newer fisk"}', "not even JSON", '"deploy"'],
    ids=["newer", "no JSON", "text"],
)
async def test_a_record_that_cannot_be_read_keeps_no_other_one_waiting(
    engines: MakeEngine, journal: Journal, state: State, text: str
) -> None:
    async def story(_: Op) -> Outcome:
        return Completed()

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
    with pytest.raises(errors.UnreadableOperation, match="cannot read what is written down of `d-0`"):
        await journal.load("d-0")


async def test_looking_for_work_outlives_whatever_goes_wrong(
    engines: MakeEngine, journal: Journal, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(_: Op) -> Outcome:
        return Completed()

    replid, wrong = state.replid, [KeyError("master_replid"), RuntimeError()]

    async def goes_wrong() -> str:
        if wrong:
            raise wrong.pop()
        return await replid()

    monkeypatch.setattr(state, "replid", goes_wrong)
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


async def _abandoned(engine: Engine, journal: Journal) -> Operation:
    """Run an operation that somebody takes the lock of while it watches."""
    operation = an_operation()
    await engine.submit(operation)
    await watching(journal, operation)
    await journal.abandon(operation.id, MARKO, "stuck")
    await engine.idle()
    return operation


async def test_a_run_that_was_abandoned_stops_and_says_no_more(
    engines: MakeEngine, journal: Journal, state: State
) -> None:
    acted = []

    async def story(op: Op) -> Outcome:
        async def watch() -> Done:
            await op.pause(60)
            return Done()

        await op.step("watch", Done, watch)
        acted.append("went on")
        return Completed()

    await _abandoned(engines(story), journal)
    assert acted == []
    assert await Locks(state).locked() == {}


async def test_a_step_that_asks_nobody_is_cut_off_when_its_lock_is_taken_away(
    engines: MakeEngine, journal: Journal
) -> None:
    undone = []

    async def story(op: Op) -> Outcome:
        try:
            await op.step("watch", Done, deaf)
        except errors.FiskError:
            undone.append("put back")
        return Completed()

    operation = await _abandoned(engines(story), journal)
    assert undone == []
    assert (await journal.load(operation.id)).outcome == Abandoned(MARKO, "stuck", "watch")


async def deaf() -> Done:
    """As long as many requests in a row, none of which asks fisk whether it may go on."""
    await asyncio.Event().wait()
    return Done()


@pytest.mark.parametrize("kind", list(errors.every_error()), ids=lambda kind: kind.__name__)
def test_every_error_survives_the_journal(kind: type[errors.FiskError]) -> None:
    names = [each.name for each in fields(kind) if each.name != "offers"]
    facts: dict[str, Any] = {name: "GitHub" if name == "system" else 1.5 for name in names}
    error = kind(offers=(Offer("Again", "deploy", danger=True),), **facts)
    again = thaw(freeze(error))
    assert (type(again), again.failure) == (kind, error.failure)


def test_what_fisk_does_not_know_survives_as_a_mistake_of_its_own() -> None:
    assert thaw(freeze(KeyError("s3cret"))).failure == errors.Internal(kind="KeyError").failure
    assert thaw('{"kind":"FromANewerFisk","facts":{},"offers":[]}').failure.code == "internal"
