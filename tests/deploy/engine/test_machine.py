"""Stateful test: in any order of events, locks and operations are consistent."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from redis import Redis

from deploy.core import errors
from deploy.core.outcomes import Completed
from deploy.engine.journal import Journal, Lease, Lost
from deploy.engine.locks import BlockedBy, Locks
from deploy.kinds import KINDS
from deploy.redis.connect import connect
from tests.deploy.conftest import ANA, an_operation
from tests.keys import SEAL

if TYPE_CHECKING:
    import pytest

    from deploy.core.model import Operation

RESOURCES = ("app:app", "app:staging", "buildkit:one")


class Operations(RuleBasedStateMachine):
    """Start, claim, write, cancel, hand over, abandon and finish, by leases old and new."""

    url = ""
    operations: Bundle[Operation] = Bundle("operations")
    leases: Bundle[tuple[Operation, Lease]] = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        with Redis.from_url(self.url) as redis:
            redis.flushall()
        self.folder = TemporaryDirectory()
        self.state = self.runner.run(connect(self.url, Path(self.folder.name), seal=SEAL))
        self.journal = Journal(self.state, KINDS)
        self.newest: dict[str, int] = {}

    def teardown(self) -> None:
        self.runner.run(self.state.ask("FLUSHALL"))
        self.runner.run(self.state.aclose())
        self.runner.close()
        self.folder.cleanup()

    @rule(target=operations, resources=st.sets(st.sampled_from(RESOURCES), min_size=1))
    def submit(self, resources: set[str]) -> Operation:
        operation = an_operation(*sorted(resources))
        taken = set(map(str, self.runner.run(Locks(self.state).locked())))
        try:
            self.runner.run(self.journal.start(operation))
        except BlockedBy:
            assert taken & resources
        else:
            assert not taken & resources
        return operation

    @rule(target=leases, operation=operations)
    def take(self, operation: Operation) -> tuple[Operation, Lease]:
        lease = self.runner.run(self.journal.take(operation.id, "r"))
        if lease:
            assert lease.fence > max(self.newest.values(), default=0)
            self.newest[operation.id] = lease.fence
        return operation, lease or Lease(operation.id, 0, "r")

    @rule(held=leases)
    def begin(self, held: tuple[Operation, Lease]) -> None:
        operation, lease = held
        try:
            self.runner.run(self.journal.begin(lease, "step"))
        except Lost:
            assert self.newest.get(operation.id) != lease.fence
        else:
            assert self.newest[operation.id] == lease.fence

    @rule(held=leases)
    def hand_over(self, held: tuple[Operation, Lease]) -> None:
        with suppress(Lost):
            self.runner.run(self.journal.hand_over(held[1]))

    @rule(held=consumes(leases))
    def finish(self, held: tuple[Operation, Lease]) -> None:
        operation, lease = held
        with suppress(Lost):
            self.runner.run(self.journal.finish(lease, operation, Completed()))
            assert self.newest.pop(operation.id) == lease.fence

    @rule(operation=operations)
    def cancel(self, operation: Operation) -> None:
        with suppress(errors.NotCancellable, errors.UnknownOperation):
            self.runner.run(self.journal.cancel(operation.id, ANA))

    @rule(operation=operations)
    def abandon(self, operation: Operation) -> None:
        with suppress(errors.NotCancellable, errors.UnknownOperation):
            self.runner.run(self.journal.abandon(operation.id, ANA, "stuck"))
            self.newest.pop(operation.id, None)

    @invariant()
    def locks_are_those_of_the_open_operations(self) -> None:
        locked = self.runner.run(Locks(self.state).locked())
        running = self.runner.run(self.journal.running())
        held = {
            resource: snapshot.operation.id
            for snapshot in running
            for resource in snapshot.operation.resources
        }
        assert locked == held
        assert all(snapshot.open and snapshot.outcome is None for snapshot in running)


def test_locks_and_operations_never_disagree(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Operations, "url", valkey_url)
    Operations.TestCase.settings = settings(
        max_examples=30,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    Operations.TestCase("runTest").debug()
