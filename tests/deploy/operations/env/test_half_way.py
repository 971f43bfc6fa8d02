"""Copies that are refused, stopped, interfered with, resumed and undone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from deploy import errors
from deploy.operations.engine import Suspended
from deploy.operations.env import propose as proposing
from deploy.operations.env.order import Order
from deploy.outcomes import Cancelled, Failed, Refused
from deploy.outcomes.env import EnvCopied, EnvHalf, EnvPutBack, Line
from deploy.systems.coolify import variables
from deploy.variables.plan import Options
from sandbox.environment import PRODUCTION_DATABASE
from tests.deploy.operations.env.copying import Copying, became, values
from tests.deploy.operations.play import code
from tests.deploy.state.conftest import ANA

if TYPE_CHECKING:
    from deploy.outcomes import Outcome

ENVS = "/api/v1/applications/*/envs"


# --- refused before anything is written


def nothing_written(copying: Copying) -> bool:
    return not any(asked.method in {"POST", "PATCH", "DELETE"} for asked in copying.coolify.received)


async def test_a_token_that_does_not_see_values_is_refused_before_anything_is_written(
    copying: Copying,
) -> None:
    order = await copying.order()
    confirmed = await proposing.propose(copying.play.world, order)
    coolify = copying.coolify
    (token,) = coolify.access.tokens
    coolify.access.tokens[token] = type(coolify.access.tokens[token])(frozenset({"read", "write", "deploy"}))
    with pytest.raises(errors.ValuesHidden):
        await proposing.propose(copying.play.world, order)
    operation = await copying.begin_confirmed(order, confirmed.sure)
    outcome = await copying.play.end(operation)
    assert isinstance(outcome, Refused)
    assert code(outcome) == "values_hidden"
    assert nothing_written(copying)


async def test_what_changed_since_it_was_confirmed_is_not_done(copying: Copying) -> None:
    order = await copying.order()
    confirmed = await proposing.propose(copying.play.world, order)
    copying.app.variables.add("LATE", "comer")
    outcome = await copying.play.end(await copying.begin_confirmed(order, confirmed.sure))
    assert code(outcome) == "plan_changed"
    assert nothing_written(copying)


async def test_a_changed_value_alone_is_another_plan(copying: Copying) -> None:
    order = await copying.order()
    first = await proposing.propose(copying.play.world, order)
    row = copying.app.variables.find("APP_URL", preview=False)
    assert row is not None
    row.value = "https://elsewhere.example"
    assert (await proposing.propose(copying.play.world, order)).sure != first.sure


async def test_a_token_that_may_not_write_changes_nothing(copying: Copying) -> None:
    before = copying.rows(copying.staging)
    order = await copying.order()
    confirmed = await proposing.propose(copying.play.world, order)
    (token,) = copying.coolify.access.tokens
    held = copying.coolify.access.tokens[token]
    copying.coolify.access.tokens[token] = type(held)(frozenset({"read", "read:sensitive"}))
    outcome = await copying.play.end(await copying.begin_confirmed(order, confirmed.sure))
    assert isinstance(outcome, Failed)
    assert code(outcome) == "coolify_missing_ability"
    assert copying.rows(copying.staging) == before


# --- half way


def refuse_first(copying: Copying) -> None:
    """Coolify takes no bulk request, and not the first of the single ones."""
    refused = '{"message": "Validation failed.", "errors": {"value": ["The value field must be a string."]}}'
    copying.coolify.faults.queue(f"PATCH {ENVS}/bulk", status=422, body=refused, times=2)
    copying.coolify.faults.queue(f"PATCH {ENVS}", status=422, body=refused, times=1)


async def test_one_that_coolify_does_not_take_is_told_with_its_reason_and_the_rest_is_copied(
    copying: Copying,
) -> None:
    copying.empty()
    copying.app.variables.add("A", "another", is_preview=True)
    for key in ("A", "B", "C"):
        copying.app.variables.add(key, key.lower())
    refuse_first(copying)
    operation, outcome = await copying.copy()
    assert isinstance(outcome, EnvHalf)
    assert outcome.status == "failed"
    why = "Coolify says: value: The value field must be a string"
    assert [line for line in outcome.lines if line.bad] == [Line("A", preview=True, became="failed", why=why)]
    assert values(copying.staging) == {"A": "a", "B": "b", "C": "c"}
    assert values(copying.staging, preview=True) == {"B": "b", "C": "c"}, (
        "the twin of A is not what was asked for"
    )
    await resumed(copying, operation)
    assert copying.rows(copying.staging) == copying.rows(copying.app)


async def test_a_refused_preview_is_no_failure_where_coolify_makes_just_the_same_by_itself(
    copying: Copying,
) -> None:
    copying.empty()
    copying.app.variables.add("A", "a")
    refuse_first(copying)
    _, outcome = await copying.copy()
    assert isinstance(outcome, EnvCopied)
    assert became(outcome) == {"copied": ["A", "(A)"]}
    assert copying.rows(copying.staging) == copying.rows(copying.app)


async def test_a_resume_overwrites_the_twin_that_stands_where_a_refused_preview_was_to_be(
    copying: Copying,
) -> None:
    copying.empty()
    copying.app.variables.add("A", "another", is_preview=True)
    copying.app.variables.add("A", "a")
    refuse_first(copying)
    copying.coolify.faults.queue(f"DELETE {ENVS}/*", status=500, body="{}")
    operation, outcome = await copying.copy()
    assert isinstance(outcome, EnvHalf)
    assert values(copying.staging, preview=True) == {"A": "a"}
    await resumed(copying, operation)
    assert copying.rows(copying.staging) == copying.rows(copying.app)


async def test_a_preview_that_coolify_does_not_let_be_overwritten_stays_as_it_was(copying: Copying) -> None:
    copying.empty()
    copying.app.variables.add("A", "another", is_preview=True)
    copying.app.variables.add("A", "same")
    copying.staging.variables.add("A", "same")
    before = copying.rows(copying.staging)
    refuse_first(copying)
    _, outcome = await copying.copy(Options(overwrite=True))
    assert isinstance(outcome, EnvHalf)
    assert became(outcome) == {"failed": ["(A)"]}
    assert copying.rows(copying.staging) == before


async def test_what_somebody_else_makes_in_the_target_meanwhile_keeps_its_twin(copying: Copying) -> None:
    copying.empty()
    copying.app.variables.add("A", "ours", twin=False)
    copying.app.variables.add("B", "ours", twin=False)
    copying.play.journal.before_keeping["plan"] = lambda: copying.staging.variables.add("A", "theirs")
    _, outcome = await copying.copy()
    assert isinstance(outcome, EnvHalf)
    assert values(copying.staging) == {"A": "theirs", "B": "ours"}
    assert values(copying.staging, preview=True) == {"A": "theirs"}
    assert [line for line in outcome.lines if line.bad] == [
        Line("A", preview=False, became="failed", why="somebody else changed it in the target meanwhile"),
        Line("A", preview=True, became="failed", why="somebody else changed it in the target meanwhile"),
    ]


async def resumed(copying: Copying, operation: str) -> Outcome:
    outcome = await copying.play.end(await copying.begin(await copying.order(base=operation)))
    assert isinstance(outcome, EnvCopied), outcome
    return outcome


async def test_coolify_gone_half_way_is_resumed_or_undone_from_what_was_there_at_first(
    copying: Copying,
) -> None:
    before = copying.rows(copying.staging)
    options = Options(overwrite=True)
    copying.coolify.faults.queue(f"PATCH {ENVS}/bulk", status=200, body="[]", after=True)
    gone = copying.coolify.faults.queue(f"PATCH {ENVS}*", drop=True, times=1000)
    operation, outcome = await copying.copy(options)
    assert isinstance(outcome, EnvHalf)
    assert outcome.error is not None
    assert outcome.error.code == "coolify_unreachable"
    assert {line.became for line in outcome.lines if line.preview} == {"copied", "overwritten", "cannot"}
    assert {line.became for line in outcome.lines if not line.preview} == {"failed", "cannot"}
    gone.times = 0

    again = await copying.play.end(await copying.begin(await copying.order(options, base=operation)))
    assert isinstance(again, EnvCopied)
    assert values(copying.staging)["DATABASE_URL"] == PRODUCTION_DATABASE
    undone = await copying.undo(operation)
    assert isinstance(undone, EnvPutBack)
    assert copying.rows(copying.staging) == before


async def test_a_lost_answer_is_no_second_copy(copying: Copying) -> None:
    copying.coolify.faults.queue(f"PATCH {ENVS}/bulk", drop=True, after=True, times=2)
    _, outcome = await copying.copy()
    assert isinstance(outcome, EnvCopied)
    assert max(copying.rows(copying.staging).values()) == 1


@pytest.mark.parametrize("died", [False, True], ids=["it took too long", "fisk died"])
async def test_a_request_that_coolify_was_still_at_leaves_nothing_twice(
    copying: Copying, monkeypatch: pytest.MonkeyPatch, *, died: bool
) -> None:
    go_on = asyncio.Event()
    copying.coolify.held.append(go_on)
    if not died:
        monkeypatch.setattr(variables, "BULK_WITHIN", 1)
    copying.play.journal.at["copy production"] = go_on.set
    operation = await copying.begin(await copying.order())
    if died:
        await copying.play.until(lambda: not copying.coolify.held)
        await copying.play.engine.drain(0)
        copying.play.engine = copying.play.another_engine("second")
        assert await copying.play.engine.run_one(operation.id)
    outcome = await copying.play.end(operation)
    assert isinstance(outcome, EnvCopied)
    assert max(copying.rows(copying.staging).values()) == 1


async def test_one_that_stands_twice_is_told_and_an_undo_removes_both(copying: Copying) -> None:
    before = copying.rows(copying.staging)

    def twice() -> None:
        copying.staging.variables.add("COMPANY", "Twice d.o.o.", twin=False)

    row = copying.app.variables.find("COMPANY", preview=False)
    assert row is not None
    row.value = "Twice d.o.o."
    copying.play.journal.before_keeping["remove"] = twice
    operation, outcome = await copying.copy()
    assert isinstance(outcome, EnvHalf)
    assert [line for line in outcome.lines if line.bad] == [
        Line("COMPANY", preview=False, became="differs", why="it stands there more than once when read back")
    ]
    undone = await copying.undo(operation)
    assert isinstance(undone, EnvPutBack)
    assert (undone.status, copying.rows(copying.staging)) == ("done", before)


async def test_a_server_fault_in_the_middle_of_bulk_costs_nothing(copying: Copying) -> None:
    copying.coolify.faults.queue(f"PATCH {ENVS}/bulk", status=500, body="{}", times=2)
    _, outcome = await copying.copy()
    assert isinstance(outcome, EnvCopied)
    assert max(copying.rows(copying.staging).values()) == 1


async def test_the_limit_of_requests_is_waited_for(copying: Copying) -> None:
    access = copying.coolify.access
    access.minute, access.per_minute = 0.6, 12
    _, outcome = await copying.copy(Options(mirror=True))
    assert isinstance(outcome, EnvCopied)
    assert "SENTRY_DSN" not in values(copying.staging, preview=True)


async def test_a_source_that_changes_meanwhile_is_noticed_and_said(copying: Copying) -> None:
    def change() -> None:
        row = copying.app.variables.find("COMPANY", preview=False)
        assert row is not None
        row.value = "Another d.o.o."

    copying.play.journal.at["copy production"] = change
    _, outcome = await copying.copy()
    assert isinstance(outcome, EnvCopied)
    assert outcome.moved == ("COMPANY",)


async def test_a_source_that_changed_before_the_resume_is_not_copied_unseen(copying: Copying) -> None:
    def change() -> None:
        row = copying.app.variables.find("COMPANY", preview=False)
        assert row is not None
        row.value = "Another d.o.o."
        raise Suspended("the power went")

    copying.play.journal.before_keeping["copy previews"] = change
    _, outcome = await copying.copy()
    assert isinstance(outcome, EnvHalf)
    assert [line for line in outcome.lines if line.bad] == [
        Line("COMPANY", preview=False, became="failed", why="the source changed it meanwhile")
    ]


async def test_what_somebody_else_changes_in_the_target_meanwhile_is_left_alone(copying: Copying) -> None:
    def interfere() -> None:
        copying.staging.variables.add("COMPANY", "theirs", twin=False)

    copying.play.journal.before_keeping["copy previews"] = interfere
    _, outcome = await copying.copy()
    assert isinstance(outcome, EnvHalf)
    assert [(line.key, line.why) for line in outcome.lines if line.bad] == [
        ("COMPANY", "somebody else changed it in the target meanwhile")
    ]
    assert values(copying.staging)["COMPANY"] == "theirs"


async def test_what_somebody_else_removes_meanwhile_is_not_made_anew_by_overwriting(copying: Copying) -> None:
    def interfere() -> None:
        staging = copying.staging.variables
        staging.rows = [row for row in staging.rows if row.key != "DATABASE_URL"]

    copying.play.journal.before_keeping["plan"] = interfere
    _, outcome = await copying.copy(Options(overwrite=True))
    assert isinstance(outcome, EnvHalf)
    assert "DATABASE_URL" not in values(copying.staging)
    assert [(line.key, line.preview, line.why) for line in outcome.lines if line.bad] == [
        ("DATABASE_URL", False, "somebody else changed it in the target meanwhile"),
        ("DATABASE_URL", True, "somebody else changed it in the target meanwhile"),
    ]


@pytest.mark.parametrize("step", ["copy previews", "copy production", "remove", "read back"])
async def test_a_cancel_puts_back_what_was_written(copying: Copying, step: str) -> None:
    before = copying.rows(copying.staging)
    copying.play.journal.cancel_at = step
    _, outcome = await copying.copy(Options(overwrite=True, mirror=True))
    assert isinstance(outcome, EnvPutBack)
    assert outcome.status == "cancelled"
    assert copying.rows(copying.staging) == before


async def test_a_cancel_takes_back_nothing_that_somebody_else_did_meanwhile(copying: Copying) -> None:
    staging = copying.staging.variables

    def interfere() -> None:
        staging.add("THEIRS", "new", twin=False)
        for key in ("COMPANY", "LOG_LEVEL"):
            row = staging.find(key, preview=False)
            assert row is not None
            row.value = "theirs"

    before = copying.rows(copying.staging)
    copying.play.journal.at["remove"] = interfere
    copying.play.journal.cancel_at = "remove"
    _, outcome = await copying.copy()
    assert isinstance(outcome, EnvPutBack)
    assert outcome.status == "cancelled"
    theirs = {key: value for key, value in values(copying.staging).items() if value in {"new", "theirs"}}
    assert theirs == {"THEIRS": "new", "COMPANY": "theirs", "LOG_LEVEL": "theirs"}
    assert became(outcome)["cannot"] == ["COMPANY"]
    assert [line.why for line in outcome.lines if line.became == "cannot"] == [
        "somebody else changed it in the target meanwhile"
    ]
    staging.rows = [row for row in staging.rows if row.value not in {"new", "theirs"}]
    missing = before - copying.rows(copying.staging)
    assert ([row[0] for row in missing], copying.rows(copying.staging) - before) == (["LOG_LEVEL"], {})


@pytest.mark.parametrize(("times", "told"), [(1, "copied"), (1000, "failed")], ids=["back", "away for good"])
async def test_a_cancel_that_cannot_begin_to_take_back_names_what_was_begun_and_keeps_the_way_back(
    copying: Copying, times: int, told: str
) -> None:
    before = copying.rows(copying.staging)
    faults = copying.coolify.faults
    copying.play.journal.at["undo: plan"] = lambda: faults.queue(f"GET {ENVS}", status=500, times=times)
    copying.play.journal.cancel_at = "copy production"
    operation, outcome = await copying.copy()
    assert isinstance(outcome, EnvHalf)
    assert (outcome.base, outcome.back, outcome.cancelled) == (operation, False, True)
    assert code(outcome) == "coolify_server_fault"
    previews = {line.became for line in outcome.lines if line.preview and line.became != "cannot"}
    assert previews - {"skipped"} == {told}
    faults.clear()
    assert isinstance(await copying.undo(operation), EnvPutBack)
    assert copying.rows(copying.staging) == before


async def test_a_cancel_before_anything_was_written_is_no_more_than_that(copying: Copying) -> None:
    copying.play.journal.at["undo: plan"] = lambda: copying.coolify.faults.queue(f"GET {ENVS}", status=500)
    copying.play.journal.cancel_at = "copy previews"
    _, outcome = await copying.copy()
    assert outcome == Cancelled(ANA)
    assert nothing_written(copying)


async def test_what_a_stopped_copy_tells_has_every_reason_that_was_known(copying: Copying) -> None:
    copying.empty()
    copying.app.variables.add("A", "another", is_preview=True)
    for key in ("A", "B"):
        copying.app.variables.add(key, "new")
    copying.staging.variables.add("B", "old", twin=False)
    refuse_first(copying)
    copying.play.journal.at["copy production"] = lambda: copying.coolify.faults.queue(
        f"PATCH {ENVS}*", drop=True, times=1000
    )
    _, outcome = await copying.copy(Options(overwrite=True))
    assert isinstance(outcome, EnvHalf)
    assert [(line.key, line.preview, line.why) for line in outcome.lines if line.bad] == [
        ("A", False, "it is not there when read back"),
        ("A", True, "Coolify says: value: The value field must be a string"),
        ("B", False, "it still has its old content when read back"),
    ]


async def test_a_copy_that_is_all_there_is_no_half_one_though_coolify_was_away_for_a_moment(
    copying: Copying,
) -> None:
    faults = copying.coolify.faults
    copying.play.journal.at["read back"] = lambda: faults.queue(f"GET {ENVS}", status=500)
    operation, outcome = await copying.copy()
    assert isinstance(outcome, EnvCopied)
    copying.play.journal.at["read back"] = lambda: faults.queue(f"GET {ENVS}", status=500)
    undone = await copying.undo(operation)
    assert isinstance(undone, EnvPutBack)
    assert undone.status == "done"


async def test_an_undo_can_be_undone(copying: Copying) -> None:
    operation, _ = await copying.copy()
    after = copying.rows(copying.staging)
    target = (await copying.order()).target
    undo = await copying.begin(Order(target, target, base=operation, back=True))
    await copying.play.end(undo)
    await copying.undo(undo.id)
    assert copying.rows(copying.staging) == after


async def test_nothing_is_kept_of_an_operation_that_is_no_copy(copying: Copying) -> None:
    with pytest.raises(errors.NothingKept):
        await copying.undo("d-nobody")
