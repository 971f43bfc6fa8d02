"""Texts of a target's own checks, word for word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.words.format import TERMINAL, Format
from bot.words.texts import outcome_offers, outcome_text, reply_text
from commands.deploys import Judged
from deploy.core.checks import Check
from deploy.core.model import Commit, Offer, Running, Target
from deploy.deploys.arguments import BakeArguments
from deploy.deploys.check_errors import CheckFailed
from deploy.deploys.gate_report import GateReport, Verdict
from deploy.deploys.offers import to_go_back
from deploy.deploys.outcomes import Baked, BakeEnded, BakeFailed, PutBack
from tests.bot.words.test_outcomes import NEW, OLD, OPERATION, PROVEN

SLACK = Format(slack=True)
UNTIL = 1_790_000_000.0
BAKING = replace(
    OPERATION, id="b-q26s3n", kind="bake", arguments=BakeArguments("app", NEW, "d-7k3f"), resources=()
)
FAILED = CheckFailed(
    sha="3f2a1b9", checks="its check “<errors>”", why="0.3 is not below 0.05", target="app"
).failure
APP = Target("app", "ghcr.io/a/b", "uuid", "https://app/health")
JUDGED = Judged(
    APP,
    Commit(NEW, "Round VAT", "Ana", "ana", 1),
    GateReport((Verdict("main", "on main"),), Running("", "")),
    (),
)


@pytest.mark.parametrize(
    ("checks", "until", "told"),
    [
        (0, 0.0, ""),
        (1, 0.0, " 1 check passed."),
        (3, UNTIL, f" 3 checks passed; it bakes until <!date^{UNTIL:.0f}^{{time}}|14:13 UTC>."),
        (0, UNTIL, f" It bakes until <!date^{UNTIL:.0f}^{{time}}|14:13 UTC>."),
    ],
)
def test_a_deploy_tells_its_checks_and_until_when_it_bakes(checks: int, until: float, told: str) -> None:
    outcome = replace(PROVEN, commits=(), warnings=(), checks=checks, bakes_until=until)
    assert outcome_text(outcome, OPERATION, SLACK) == (
        "app runs 3f2a1b9: deployed in 2 min 14 s, healthy.\n"
        f"The running image is the registry's (sha256:9f31…).{told}"
    )


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Baked("app", NEW, 600, 3), "app runs 3f2a1b9: proven, 3 checks passed for 10 min."),
        (
            Baked("app", NEW, 600, 1, ("errors (Prometheus has no data for it)",), 180),
            (
                "app runs 3f2a1b9: proven, 1 check passed for 10 min.\n"
                "For 3 min of it nobody looked. Not known: errors (Prometheus has no data for it)."
            ),
        ),
        (
            BakeEnded("app", NEW, "d-7k3f came after it"),
            "app: 3f2a1b9 does not bake to its end: d-7k3f came after it.",
        ),
        (
            BakeFailed(FAILED, "app", NEW, "p-q26s3n"),
            (
                "app: 3f2a1b9 failed its check “<errors>”; p-q26s3n puts back what ran before.\n"
                "Why: 0.3 is not below 0.05."
            ),
        ),
        (
            BakeFailed(FAILED, "app", NEW, why="it is on hold: I look at it."),
            (
                "app: 3f2a1b9 failed its check “<errors>”; nothing was put back.\n"
                "Why: 0.3 is not below 0.05. It was not put back, since it is on hold: I look at it."
            ),
        ),
    ],
)
def test_how_a_bake_ended(outcome: Baked | BakeEnded | BakeFailed, told: str) -> None:
    assert outcome_text(outcome, BAKING, TERMINAL) == told
    assert "<errors>" not in outcome_text(outcome, BAKING, SLACK)


def test_what_is_put_back_later_reads_like_any_other_put_back() -> None:
    outcome = PutBack(FAILED, "app", OLD, healthy=True, redeployed=True)
    assert outcome_text(outcome, replace(BAKING, kind="put back"), TERMINAL) == (
        "app: 3f2a1b9 failed its check “<errors>”; a4c9e1f is back and healthy.\n"
        "Why: 0.3 is not below 0.05. a4c9e1f was deployed again."
        " The command, URL or query stands in fisk.toml, under [[targets.app.checks]]."
    )


def test_what_fisk_does_not_put_back_somebody_may() -> None:
    log = Offer("Log", "op b-q26s3n")
    assert outcome_offers(BakeFailed(FAILED, "app", NEW, "p-q26s3n"), BAKING) == (
        Offer("Show it", "op p-q26s3n"),
        log,
    )
    asks = to_go_back("app", "the last release", "3f2a1b9")
    assert outcome_offers(BakeFailed(FAILED, "app", NEW, why="it is on hold: no"), BAKING) == (
        Offer("Roll back", "rollback app --when-ran 3f2a1b9", danger=True, asks=asks),
        log,
    )


@pytest.mark.parametrize(
    ("bake", "told"),
    [
        (0.0, "Then it must pass: schema, errors."),
        (600.0, "Then it must pass: schema, errors; it bakes for 10 min."),
    ],
)
def test_a_plan_names_what_will_be_asked(bake: float, told: str) -> None:
    checks = (Check("schema", run=("true",)), Check("errors", query="up"))
    judged = replace(JUDGED, target=replace(APP, checks=checks, bake=bake))
    assert reply_text(judged, TERMINAL)[0].splitlines() == [
        "Would deploy 3f2a1b9 “Round VAT” to app. Nothing was changed.",
        "✓ main   on main",
        told,
    ]
    assert reply_text(JUDGED, TERMINAL)[0].splitlines()[-1] == "✓ main   on main"
