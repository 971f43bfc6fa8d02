"""What another version of fisk wrote, and this one does not understand, is left to it and never ended or deleted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.core.events import StepFailed, StepFinished
from deploy.core.model import Commit, Done, Failure, Resource
from deploy.core.outcomes import Completed, Outcome
from deploy.core.signing import FORMAT, Newer, Signer
from deploy.engine import claims
from deploy.engine.claims import Aside
from deploy.engine.journal import Journal
from deploy.engine.left import Left
from deploy.engine.locks import Locks
from deploy.engine.outbox import OUTBOX, Outbox
from deploy.kinds import KINDS
from deploy.redis import codec
from deploy.redis.connect import State, connect
from tests.deploy.conftest import ANA, MakeEngine, an_operation, ended
from tests.deploy.engine.begun import begun
from tests.deploy.engine.stories import done, never
from tests.keys import SEAL
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.engine.engine import Op


@pytest.fixture
async def newer(valkey_url: str, tmp_path: Path) -> AsyncIterator[State]:
    """The store as a bot of the next format writes to it."""
    state = await connect(valkey_url, tmp_path, seal=SEAL)
    state.signer.version = FORMAT + 1
    yield state
    await state.aclose()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stays is named at once."""
    monkeypatch.setattr(claims, "STAYS", -1)
    monkeypatch.setattr("deploy.engine.left.STAYS", -1)


async def story(_: Op) -> Outcome:
    return Completed()


def test_a_text_has_its_format_under_the_signature_and_a_newer_one_is_not_read() -> None:
    mine, next_ = Signer((b"k" * 32,)), Signer((b"k" * 32,), FORMAT + 1)
    assert next_.opened(mine.sign("v9 x", "here"), "here") == "v9 x"
    assert next_.verified(mine.sign("x", "here"), "here") == (FORMAT, "x")
    with pytest.raises(Newer, match=f"in format {FORMAT + 1}, and this fisk reads {FORMAT}"):
        mine.opened(next_.sign("x", "here"), "here")


async def test_an_operation_of_a_newer_bot_is_left_to_it_and_shown_while_it_stays(
    engines: MakeEngine, journal: Journal, newer: State
) -> None:
    operation, known = an_operation(), an_operation("app:another")
    await Journal(newer, KINDS).start(operation)
    await journal.start(known)
    engine = engines(story)
    working = asyncio.create_task(engine.work())
    assert (await ended(journal, known.id)).outcome == Completed()
    await engine.drain(0)
    await working
    assert await journal.aside() == (Aside(operation.id, "version"),)
    assert await Locks(journal.state).locked() == {Resource("app", "app"): operation.id}
    with pytest.raises(errors.OtherVersion, match="another version of fisk"):
        await journal.load(operation.id)

    assert await Journal(newer, KINDS).take(operation.id, "newer")
    assert (await Journal(newer, KINDS).load(operation.id)).operation == operation
    await journal.abandon(operation.id, ANA, "the test is over")


async def test_a_result_that_changed_its_shape_suspends_the_operation_for_another_bot(
    engines: MakeEngine, journal: Journal
) -> None:
    operation = an_operation()
    lease = await begun(journal, operation, "other")
    await journal.checkpoint(lease, '{"note":"what a commit was"}', StepFinished("resolve", 0))
    await journal.hand_over(lease)
    undone: list[str] = []

    async def misreads(op: Op) -> Outcome:
        try:
            await op.step("resolve", Commit, never)
        except Exception:
            undone.append("everything")
            raise
        return Completed()

    async def reads(op: Op) -> Outcome:
        return Completed((await op.step("resolve", Done, done)).note)

    engine = engines(misreads)
    assert await engine.run_one(operation.id)
    assert not await engine.run_one(operation.id)  # not again by this one
    snapshot = await journal.load(operation.id)
    assert (snapshot.state, snapshot.aside, undone) == ("running", "version", [])
    assert await journal.aside() == (Aside(operation.id, "version"),)
    assert await engines(reads, "r2").run_one(operation.id)
    assert (await journal.load(operation.id)).outcome == Completed("what a commit was")


async def test_so_does_a_failure_that_this_one_does_not_know(engines: MakeEngine, journal: Journal) -> None:
    operation = an_operation()
    lease = await begun(journal, operation, "other")
    text = '{"kind":"FromAnother","facts":{},"offers":[]}'
    await journal.checkpoint_failure(lease, text, StepFailed("prove", 0, Failure("x", "y", "z")))
    await journal.hand_over(lease)

    async def meets(op: Op) -> Outcome:
        await op.step("prove", Done, done)
        return Completed()

    assert await engines(meets).run_one(operation.id)
    assert (await journal.load(operation.id)).state == "running"
    assert await journal.aside() == (Aside(operation.id, "version"),)
    await journal.abandon(operation.id, ANA, "the test is over")


@pytest.mark.parametrize("inside", [True, False], ids=["in a step", "between steps"])
async def test_so_does_whatever_else_a_story_cannot_read(
    engines: MakeEngine, journal: Journal, *, inside: bool
) -> None:
    async def reads() -> Done:
        return codec.load(Done, '{"note":7}')

    async def misreads(op: Op) -> Outcome:
        await (op.step("read", Done, reads) if inside else reads())
        return Completed()

    operation = an_operation()
    await journal.start(operation)
    assert await engines(misreads).run_one(operation.id)
    assert (await journal.load(operation.id)).failures == {}
    assert await journal.aside() == (Aside(operation.id, "version"),)
    await journal.abandon(operation.id, ANA, "the test is over")


async def test_arguments_in_another_form_are_left_without_being_claimed_again(
    engines: MakeEngine, journal: Journal, state: State
) -> None:
    operation = an_operation()
    await journal.start(operation)
    text = journal.records.dump_operation(operation).replace('"ref":"3f2a1b9"', '"ref":7')
    await state.ask(
        "HSET", state.key(f"op:{operation.id}"), "operation", journal.signed(operation.id, "operation", text)
    )
    engine = engines(story)
    with pytest.raises(errors.OtherVersion):
        await engine.run_one(operation.id)
    assert not await engine.run_one(operation.id)
    snapshot = await journal.load(operation.id)
    assert (snapshot.fence, snapshot.runner, snapshot.aside) == (1, "", "version")
    await journal.abandon(operation.id, ANA, "the test is over")


async def test_a_message_of_a_newer_bot_stays_for_it_and_delays_no_other(state: State, newer: State) -> None:
    mine, theirs = Outbox(state, again_after=0), Outbox(newer, again_after=0)
    await theirs.post("operation", "d-1")
    await mine.post("doctor", "news")
    taken = [await mine.take("old", 0.01) for _ in range(2)]
    assert [each.about for each in taken if each] == ["news"]
    assert await Left(state, OUTBOX).count() == 1
    await mine.sent(next(each for each in taken if each))
    assert await mine.take("old", 0.01) is None
    assert await mine.empty()

    async def redelivered() -> bool:
        message = await theirs.take("new", 0.01)
        if message:
            await theirs.sent(message)
        return message is not None and message.about == "d-1"

    await until(redelivered)
    assert await Left(state, OUTBOX).count() == 0
    assert await theirs.empty()
