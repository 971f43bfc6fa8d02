"""history, op and cancel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from commands.history import Cancelling, HistoryTable, OperationStory
from commands.reply import Started
from deploy.access.errors import NotAllowed
from deploy.access.policy import Policy, Role
from deploy.core import errors
from deploy.core.model import Release
from deploy.core.outcomes import Completed
from tests.commands.conftest import MARKO
from tests.deploy.conftest import ANA, an_operation

if TYPE_CHECKING:
    from tests.commands.conftest import Asking


async def _done(asking: Asking, *resources: str, created: float | None = None) -> str:
    journal = asking.parts.world.memory.journal
    now = await asking.parts.world.memory.now()
    operation = an_operation(*resources, created=now - 60 if created is None else created)
    lease = await journal.start(operation, runner="r1")
    assert lease is not None
    await journal.finish(lease, operation, Completed("done"))
    return operation.id


async def test_history_is_newest_first_and_of_all_targets(asking: Asking) -> None:
    ids = [await _done(asking, "app:app"), await _done(asking, "app:staging")]
    reply = await asking("history", policy=Policy())
    assert isinstance(reply, HistoryTable)
    assert [each.operation.id for each in reply.operations] == ids[::-1]
    assert (reply.target, reply.releases) == ("", ())


@pytest.mark.parametrize("line", ["history staging 1", "history 1 staging"])
async def test_history_of_one_target_with_its_releases_in_either_order(asking: Asking, line: str) -> None:
    await _done(asking, "app:staging")
    newest = await _done(asking, "app:staging")
    await _done(asking, "app:app")
    release = Release("staging", "3f2a1b9", "3f2a1b9", "sha256:1", 1.0, newest, ANA)
    await asking.parts.world.memory.history.add_release(release)
    reply = await asking(line)
    assert isinstance(reply, HistoryTable)
    assert [each.operation.id for each in reply.operations] == [newest]
    assert (reply.target, reply.releases) == ("staging", (release,))


@pytest.mark.parametrize("line", ["history 5 6", "history app staging", "history staging ²"])
async def test_two_targets_or_two_numbers_are_not_understood(asking: Asking, line: str) -> None:
    with pytest.raises(errors.NotUnderstood, match="is one word too many"):
        await asking(line)


@pytest.mark.parametrize(("line", "shown"), [("history 0", 1), ("history 999999", 2)])
async def test_a_number_out_of_range_shows_the_nearest_that_is_possible(
    asking: Asking, line: str, shown: int
) -> None:
    await _done(asking)
    await _done(asking)
    reply = await asking(line)
    assert isinstance(reply, HistoryTable)
    assert len(reply.operations) == shown


async def test_how_long_it_usually_takes_is_learnt_from_what_was_done(asking: Asking) -> None:
    now = await asking.parts.world.memory.now()
    for age in (50, 100, 150):
        await _done(asking, created=now - age)
    reply = await asking("deploy 3f2a1b9")
    assert isinstance(reply, Started)
    assert reply.operation.usual == pytest.approx(100, abs=5)


async def test_only_the_newest_operations_are_looked_through_before_one_begins(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.engine.history.PAGE", 1)
    monkeypatch.setattr("commands.begin.AMONG", 2)
    now = await asking.parts.world.memory.now()
    await _done(asking, created=now - 100)
    began = await asking("deploy 3f2a1b9")
    assert isinstance(began, Started)
    assert began.operation.usual > 0
    await asking.parts.world.memory.journal.abandon(began.operation.id, ANA, "the test goes on")
    await _done(asking, "app:staging")
    began = await asking("deploy 3f2a1b9")
    assert isinstance(began, Started)
    assert began.operation.usual == 0


async def test_an_operation_is_shown_by_id(asking: Asking) -> None:
    begun = await asking("deploy 3f2a1b9")
    assert isinstance(begun, Started)
    story = await asking(f"op {begun.operation.id.upper()}", policy=Policy())
    assert isinstance(story, OperationStory)
    assert (story.snapshot.operation, story.snapshot.state) == (begun.operation, "waiting")


@pytest.mark.parametrize("line", ["op d-nope", "cancel d-nope"])
async def test_an_unknown_operation_is_refused(asking: Asking, line: str) -> None:
    with pytest.raises(errors.UnknownOperation):
        await asking(line)


async def test_a_cancel_names_who_asked(asking: Asking) -> None:
    begun = await asking("deploy 3f2a1b9")
    assert isinstance(begun, Started)
    reply = await asking(f"cancel {begun.operation.id}", MARKO)
    assert isinstance(reply, Cancelling)
    assert reply.snapshot == replace(reply.snapshot, operation=begun.operation, cancel=MARKO)


async def test_what_is_over_cannot_be_cancelled(asking: Asking) -> None:
    operation = await _done(asking)
    with pytest.raises(errors.NotCancellable):
        await asking(f"cancel {operation}")


@pytest.mark.parametrize(
    "line", ["status", "history app", "where 3f2a1b9", "deploy 3f2a1b9 --noop", "changes 3h"]
)
async def test_a_release_that_cannot_be_read_disables_no_command(asking: Asking, line: str) -> None:
    state = asking.parts.state
    await state.ask("LPUSH", state.key("releases:app"), '{"from": "a newer fisk"}')
    await asking(line)


async def test_a_rollback_goes_past_a_release_that_cannot_be_read(asking: Asking) -> None:
    state = asking.parts.state
    await state.ask("LPUSH", state.key("releases:app"), '{"from": "a newer fisk"}')
    assert isinstance(await asking("rollback"), Started)
    reply = await asking("history app")
    assert isinstance(reply, HistoryTable)
    assert reply.unreadable == 1


async def test_whoever_began_it_may_cancel_it_and_others_by_their_rights_on_its_target(
    asking: Asking,
) -> None:
    deploys = Role(frozenset({ANA.id}), frozenset({"deploy"}))
    elsewhere = Role(frozenset({MARKO.id}), frozenset({"locks"}), frozenset({"staging"}))
    here = replace(elsewhere, targets=frozenset({"app"}))
    begun = await asking("deploy 3f2a1b9", policy=Policy(roles={"ship": deploys}))
    assert isinstance(begun, Started)
    line = f"cancel {begun.operation.id}"
    with pytest.raises(NotAllowed) as refusal:
        await asking(line, MARKO, policy=Policy(roles={"staging": elsewhere}))
    assert refusal.value.facts["why"] == "role staging is only for staging"
    assert isinstance(await asking(line, MARKO, policy=Policy(roles={"app": here})), Cancelling)
    assert isinstance(await asking(line, policy=Policy(roles={"ship": deploys})), Cancelling)
