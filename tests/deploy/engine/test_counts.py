"""What happens to runs and to fisk's memory is told to whoever counts it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from deploy.core import errors
from deploy.core.acting import Suspended
from deploy.core.counts import SUSPENSIONS, Counts
from deploy.core.model import Done
from deploy.core.outcomes import Completed, Outcome
from deploy.engine.engine import Engine
from deploy.engine.journal import Journal, Lost
from deploy.engine.suspension import HANDED_OVER, LAPSED, TAKEN, OtherVersion, cause
from deploy.kinds import KINDS
from tests.deploy.conftest import ANA, MakeEngine, Opened, an_operation, told
from tests.deploy.engine.begun import begun
from tests.deploy.engine.stories import done, waits, watching
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.engine.engine import Op
    from deploy.redis.connect import State


class Told(Counts):
    """Keeps all that it is told."""

    def __init__(self) -> None:
        self.all: list[tuple[str, ...]] = []

    def step(self, kind: str, name: str, seconds: float) -> None:
        assert seconds >= 0
        self.all.append(("step", kind, name))

    def took_over(self) -> None:
        self.all.append(("took over",))

    def suspended(self, why: str) -> None:
        self.all.append(("suspended", why))

    def failed_over(self) -> None:
        self.all.append(("failed over",))

    def memory_failed(self, code: str) -> None:
        self.all.append(("memory failed", code))


@pytest.fixture
def counts(state: State) -> Told:
    state.counts = counts = Told()
    return counts


def subclasses_tell_all(methods: Iterable[str]) -> bool:
    return all(getattr(Told, name) is not getattr(Counts, name) for name in methods)


def test_nothing_that_can_be_counted_is_left_out_here() -> None:
    assert subclasses_tell_all(name for name in vars(Counts) if not name.startswith("_"))


async def test_each_step_that_runs_is_told_and_one_that_is_remembered_is_not(
    engines: MakeEngine, journal: Journal, counts: Told
) -> None:
    async def fails() -> Done:
        raise errors.TimedOut(system="Coolify", seconds=1)

    async def story(op: Op) -> Outcome:
        await op.step("resolve", Done, done)
        await op.step("resolve", Done, done)
        await op.step("watch", Done, fails)
        return Completed()

    operation = an_operation()
    await journal.start(operation)
    await engines(story).run_one(operation.id)
    assert counts.all == [("step", "deploy", "resolve"), ("step", "deploy", "watch")]


async def test_what_another_runner_had_begun_is_taken_over_and_what_waited_is_not(
    engines: MakeEngine, journal: Journal, counts: Told
) -> None:
    async def story(_: Op) -> Outcome:
        return Completed()

    waiting, left = an_operation(), an_operation("app:staging")
    await journal.start(waiting)
    lease = await begun(journal, left, "r0")
    await journal.begin(lease, "resolve")
    await journal.hand_over(lease)
    for operation in (waiting, left):
        assert await engines(story).run_one(operation.id)
    assert counts.all == [("took over",)]


async def test_a_run_that_was_fenced_off_is_told(engines: MakeEngine, journal: Journal, counts: Told) -> None:
    operation = an_operation()
    engine = engines(waits)
    await engine.submit(operation)
    await watching(journal, operation)
    await journal.abandon(operation.id, ANA, "stuck")
    await engine._renew()
    await engine.idle()
    assert counts.all[-1] == ("suspended", "fenced")


@pytest.mark.parametrize(
    ("reason", "counted"),
    [
        (Suspended(TAKEN), "fenced"),
        (Lost("d-1"), "fenced"),
        (Suspended(LAPSED), "lapsed"),
        (Suspended(HANDED_OVER), "handed_over"),
        (OtherVersion("the result of resolve"), "version"),
        (Suspended("fisk cannot reach its own memory"), "memory"),
        (errors.StateUnavailable(where="x"), "memory"),
    ],
)
def test_each_reason_has_its_name(reason: BaseException, counted: str) -> None:
    assert cause(reason) == counted
    assert counted in SUSPENSIONS


async def test_an_error_of_the_store_is_told_with_its_code(state: State, counts: Told) -> None:
    with pytest.raises(errors.StateUnavailable):
        await state.ask("NO-SUCH-COMMAND")
    assert counts.all == [("memory failed", "state_unavailable")]


async def test_a_failover_is_told(opened: Opened) -> None:
    state = await opened()
    state.counts = counts = Told()
    engine = Engine(Journal(state, KINDS), told(waits), "r1")
    working = asyncio.create_task(engine.work())
    await until(lambda: _looked(engine))
    for master in (("127.0.0.1", 1), ("NO", "ONE")):
        await state.ask("REPLICAOF", *master)
    await until(lambda: _told(counts))
    await engine.drain(0)
    await working


async def _looked(engine: Engine) -> bool:
    return bool(engine.recovery._master)


async def _told(counts: Told) -> bool:
    return ("failed over",) in counts.all
