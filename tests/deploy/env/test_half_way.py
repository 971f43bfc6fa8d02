"""Copies that fail midway, are cancelled, resumed and undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.core.outcomes import Failed, Refused
from deploy.env import propose as proposing
from deploy.env.errors import NoBackup, ValuesHidden
from deploy.env.order import Order
from deploy.env.outcomes import EnvCopied, EnvHalf, EnvPutBack, Line
from deploy.env.plan import Options
from sandbox.environment import PRODUCTION_DATABASE
from tests.deploy.env.copying import ENVS, Copying, became, nothing_written, refuse_first, values
from tests.deploy.play import code

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome

# --- refused before anything is written


async def test_a_token_that_does_not_see_values_is_refused_before_anything_is_written(
    copying: Copying,
) -> None:
    order = await copying.order()
    confirmed = await proposing.propose(copying.play.world, order)
    coolify = copying.coolify
    (token,) = coolify.access.tokens
    coolify.access.tokens[token] = type(coolify.access.tokens[token])(frozenset({"read", "write", "deploy"}))
    with pytest.raises(ValuesHidden):
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


async def test_what_a_stopped_copy_tells_has_every_reason_that_was_known(copying: Copying) -> None:
    copying.empty()
    copying.app.variables.add("A", "another", is_preview=True)
    for key in ("A", "B"):
        copying.app.variables.add(key, "new")
    copying.staging.variables.add("B", "old", preview_too=False)
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


async def test_an_order_without_a_confirmed_plan_writes_nothing(copying: Copying) -> None:
    before = copying.rows(copying.staging)
    outcome = await copying.play.end(await copying.begin_confirmed(await copying.order(), ""))
    assert (outcome.status, copying.rows(copying.staging)) == ("refused", before)


async def test_an_undo_can_be_undone(copying: Copying) -> None:
    operation, _ = await copying.copy()
    after = copying.rows(copying.staging)
    target = (await copying.order()).target
    undo = await copying.begin(Order(target, target, base=operation, going_back=True))
    await copying.play.end(undo)
    await copying.undo(undo.id)
    assert copying.rows(copying.staging) == after


async def test_nothing_is_kept_of_an_operation_that_is_no_copy(copying: Copying) -> None:
    with pytest.raises(NoBackup):
        await copying.undo("d-nobody")
