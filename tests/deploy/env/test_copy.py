"""env copy from plan to report, against every version of Coolify with different behaviour."""

from __future__ import annotations

from secrets import token_hex

import pytest

from deploy.env.outcomes import EnvCopied, EnvPutBack
from deploy.env.plan import Options
from deploy.env.propose import propose
from sandbox.environment import PRODUCTION_DATABASE, SIGNING_KEY, STAGING_DATABASE
from tests.deploy import play
from tests.deploy.env.copying import VERSIONS, Copying, became, values


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
    assert (outcome.previews_made, outcome.moved, outcome.same, outcome.status) == (
        ("SENTRY_DSN",),
        (),
        4,
        "done",
    )
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


async def test_what_coolify_would_not_take_as_it_is_stays_where_it_is_and_is_named(copying: Copying) -> None:
    copying.empty()
    copying.app.variables.add("PASTED", "x\u200b", comment="why ")
    copying.app.variables.add("ONTO", "x", comment="why ")
    copying.staging.variables.add("ONTO", "\xa0y")
    before = copying.rows(copying.staging)
    order = await copying.order(Options(overwrite=True))
    plan = (await propose(copying.play.world, order)).plan
    why = "it begins or ends with an invisible character, which Coolify would take off"
    onto = f"what is there is not to be written again ({why}), so it could not be put back"
    assert [(item.name[0], item.fate, item.why) for item in plan.items] == [
        ("ONTO", "cannot", onto),
        ("ONTO", "cannot", onto),
        ("PASTED", "cannot", why),
        ("PASTED", "cannot", why),
    ]
    copying.staging.variables.rows.clear()
    _, outcome = await copying.copy()
    assert isinstance(outcome, EnvCopied)
    assert (values(copying.staging), before.total()) == ({"ONTO": "x"}, 2)


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
        "ćčšđž \u2028 🧾",
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


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coolify may take its time: here it shares one with fisk."""
    monkeypatch.setattr(play, "TIME_LIMIT", 60)


@pytest.mark.usefixtures("unhurried")
async def test_five_hundred_variables_of_sixty_four_kibibytes_each_arrive_whole(copying: Copying) -> None:
    copying.empty()
    for number in range(500):
        key, value = f"KEY_{number:03}", token_hex(32_768)
        copying.app.variables.add(key, value[:9], is_preview=True)
        copying.app.variables.add(key, value)
    _, outcome = await copying.copy()
    assert isinstance(outcome, EnvCopied)
    whole = copying.rows(copying.staging) == copying.rows(copying.app)
    assert whole, "a comparison of so much would take long to tell"
