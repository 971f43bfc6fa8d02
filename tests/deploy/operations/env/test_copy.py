"""env copy from its plan to its report, against every version of Coolify that behaves in a way of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy import errors
from deploy.env_outcomes import EnvCopied, EnvHalf, EnvPutBack, Line
from deploy.operations.env import propose as proposing
from deploy.outcomes import Failed, Refused
from deploy.variables.plan import Options
from sandbox.environment import PRODUCTION_DATABASE, SIGNING_KEY, STAGING_DATABASE
from tests.deploy.operations.env.copying import VERSIONS, Copying, became, values
from tests.deploy.operations.play import code

if TYPE_CHECKING:
    from deploy.outcomes import Outcome

ENVS = "/api/v1/applications/*/envs"


async def test_the_storys_variables_are_copied_and_every_key_is_told(copying: Copying) -> None:
    _, outcome = await copying.copy()
    assert isinstance(outcome, EnvCopied)
    assert became(outcome) == {
        "copied": [
            "APP_URL", "(APP_URL)", "COMPANY", "(COMPANY)", "FEATURE_STAGE", "(FEATURE_STAGE)",
            "GREETING", "(GREETING)", "INVOICE_PREFIX", "(INVOICE_PREFIX)",
            "NEXT_PUBLIC_FLAGS", "(NEXT_PUBLIC_FLAGS)", "OPTIONAL", "(OPTIONAL)", "(PREVIEW_ONLY)",
            "SENTRY_DSN", "SIGNING_KEY", "(SIGNING_KEY)", "SMTP_PASSWORD", "(SMTP_PASSWORD)",
            "TEAM_TOKEN", "(TEAM_TOKEN)",
        ],
        "skipped": ["DATABASE_URL", "(DATABASE_URL)"],
        "cannot": [
            "COOLIFY_FQDN", "(COOLIFY_FQDN)", "MAIL_FROM", "SERVICE_URL_APP", "(SERVICE_URL_APP)",
            "STRIPE_SECRET", "(STRIPE_SECRET)", "feature-toggles", "(feature-toggles)",
        ],
    }  # fmt: skip
    assert (outcome.twins, outcome.moved, outcome.same, outcome.status) == (("SENTRY_DSN",), (), 4, "done")
    assert values(copying.staging)["DATABASE_URL"] == STAGING_DATABASE
    assert values(copying.staging)["SIGNING_KEY"] == SIGNING_KEY
    assert values(copying.staging)["FEATURE_STAGE"] == "live"
    assert values(copying.staging, preview=True)["FEATURE_STAGE"] == "trial"
    assert "SENTRY_DSN" not in values(copying.staging, preview=True)
    assert "STRIPE_SECRET" not in values(copying.staging, preview=True)


@pytest.mark.parametrize("version", VERSIONS)
async def test_every_flag_and_value_arrives_and_undo_restores_all(copying: Copying, version: str) -> None:
    copying.coolify.version = version
    before = copying.rows(copying.staging)
    operation, outcome = await copying.copy(Options(overwrite=True, mirror=True))
    assert isinstance(outcome, EnvCopied), outcome
    untouched = {line.key for line in outcome.lines if line.became == "cannot"} | {"PORT"}
    there = {row: count for row, count in copying.rows(copying.staging).items() if row[0] not in untouched}
    assert there == {
        row: count for row, count in copying.rows(copying.app).items() if row[0] not in untouched
    }

    undone = await copying.undo(operation)
    assert isinstance(undone, EnvPutBack)
    assert undone.status == "done"
    assert copying.rows(copying.staging) == before


@pytest.mark.parametrize("version", VERSIONS[:2])
async def test_what_an_old_version_cannot_set_is_named_and_not_half_copied(
    copying: Copying, version: str
) -> None:
    copying.coolify.version = version
    _, outcome = await copying.copy()
    assert isinstance(outcome, EnvCopied)
    why = {
        line.why
        for line in outcome.lines
        if line.key in {"SIGNING_KEY", "STRIPE_SECRET"} and not line.preview
    }
    assert why == {
        f"Coolify {version} cannot set multi-line through its API",
        f"Coolify {version} cannot set shown once through its API",
    }
    assert "SIGNING_KEY" not in values(copying.staging)


async def test_a_secret_that_an_older_version_still_tells_arrives_without_an_open_twin(
    copying: Copying,
) -> None:
    copying.coolify.version = "4.1.0"
    _, outcome = await copying.copy(Options(only=("STRIPE_*",)))
    assert became(outcome) == {"copied": ["STRIPE_SECRET"], "cannot": ["(STRIPE_SECRET)"]}
    assert [row.is_shown_once for row in copying.staging.variables.rows if row.key == "STRIPE_SECRET"] == [
        True
    ]


async def test_overwriting_and_mirroring_are_asked_for(copying: Copying) -> None:
    _, outcome = await copying.copy(Options(overwrite=True, mirror=True, only=("DATABASE_*", "STAGING_*")))
    assert became(outcome) == {
        "overwritten": ["DATABASE_URL", "(DATABASE_URL)"],
        "removed": ["STAGING_BANNER", "(STAGING_BANNER)"],
    }
    assert values(copying.staging)["DATABASE_URL"] == PRODUCTION_DATABASE
    assert values(copying.staging)["LOG_LEVEL"] == "info"


async def test_globs_choose_and_spare(copying: Copying) -> None:
    _, outcome = await copying.copy(Options(only=("S*",), but=("SERVICE_*", "STRIPE_*", "SENTRY_DSN")))
    assert became(outcome) == {"copied": ["SIGNING_KEY", "(SIGNING_KEY)", "SMTP_PASSWORD", "(SMTP_PASSWORD)"]}


async def test_a_copy_of_five_hundred_large_odd_and_empty_values_is_exact(copying: Copying) -> None:
    copying.empty()
    odd = [
        "",
        " \t padded \n",
        "line\nline\r\nline",
        "'\"`\\",
        "$HOME ${X} $$",
        "ćčšđž 🧾 \u2028",
        "0",
        "null",
        "x" * 65536,
    ]
    for number in range(500):
        value = odd[number % len(odd)] if number < 60 else f"value-{number}" * 20
        copying.app.variables.add(
            f"KEY_{number:03}", value, is_literal=number % 7 == 0, is_multiline=number % 10 == 0
        )
    asked = len(copying.coolify.received)
    _, outcome = await copying.copy()
    assert isinstance(outcome, EnvCopied)
    assert len(outcome.lines) == 1000
    trimmed = {
        key: (value or "").strip(" \t\n\r\0\x0b") or None for key, value in values(copying.app).items()
    }
    assert values(copying.staging) == trimmed
    assert copying.rows(copying.staging).total() == 1000
    assert len(copying.coolify.received) - asked < 25


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


async def test_one_that_coolify_does_not_take_is_told_with_its_reason_and_the_rest_is_copied(
    copying: Copying,
) -> None:
    copying.empty()
    for key in ("A", "B", "C"):
        copying.app.variables.add(key, key.lower())
    refused = '{"message": "Validation failed.", "errors": {"value": ["The value field must be a string."]}}'
    copying.coolify.faults.queue(f"PATCH {ENVS}/bulk", status=422, body=refused, times=2)
    copying.coolify.faults.queue(f"PATCH {ENVS}", status=422, body=refused, times=1)
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

    copying.play.journal.before_keeping["copy previews"] = change
    died = copying.dying(9, after=False)
    _, outcome = await copying.copy()
    assert died()
    assert isinstance(outcome, EnvHalf)
    assert [line for line in outcome.lines if line.bad] == [
        Line("COMPANY", preview=False, became="failed", why="the source changed it meanwhile")
    ]


async def test_what_somebody_else_changes_in_the_target_meanwhile_is_left_alone(copying: Copying) -> None:
    def interfere() -> None:
        copying.staging.variables.add("COMPANY", "theirs", twin=False)

    copying.play.journal.before_keeping["copy previews"] = interfere
    died = copying.dying(9, after=False)
    _, outcome = await copying.copy()
    assert died()
    assert isinstance(outcome, EnvHalf)
    assert [(line.key, line.why) for line in outcome.lines if line.bad] == [
        ("COMPANY", "somebody else changed it in the target meanwhile")
    ]
    assert values(copying.staging)["COMPANY"] == "theirs"


async def test_a_cancel_puts_back_what_was_written(copying: Copying) -> None:
    before = copying.rows(copying.staging)
    copying.play.journal.cancel_at = "remove"
    _, outcome = await copying.copy(Options(overwrite=True, mirror=True))
    assert isinstance(outcome, EnvPutBack)
    assert outcome.status == "cancelled"
    assert copying.rows(copying.staging) == before


async def test_an_undo_can_be_undone(copying: Copying) -> None:
    operation, _ = await copying.copy()
    after = copying.rows(copying.staging)
    target = (await copying.order()).target
    from deploy.operations.env.order import Order  # noqa: PLC0415

    undo = await copying.begin(Order(target, target, base=operation, back=True))
    await copying.play.end(undo)
    await copying.undo(undo.id)
    assert copying.rows(copying.staging) == after


async def test_nothing_is_kept_of_an_operation_that_is_no_copy(copying: Copying) -> None:
    with pytest.raises(errors.NothingKept):
        await copying.undo("d-nobody")
