"""Which operations are deploys that count, which of them failed, and when it ran well again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from deploy.core.model import Commit, Failure
from deploy.core.outcomes import Abandoned, Cancelled, Failed, Refused
from deploy.deploys.outcomes import Deployed, NotPutBack, PutBack
from deploy.engine.snapshot import Snapshot
from deploy.stats.shipped import End, Shipped, changes, shipped
from tests.deploy.conftest import ANA, an_operation

if TYPE_CHECKING:
    from deploy.core.outcomes import Outcome

WHY = Failure("unhealthy", "It is not healthy.", "")
COMMIT = Commit("3f2a1b9" + "0" * 33, "Round VAT", "Ana", "ana", 1)
DEPLOYED = Deployed("app", COMMIT.sha, "", "", 9, "digest", (COMMIT,))
PUT_BACK = PutBack(WHY, "app", "a4c9e1f", healthy=True, redeployed=True)
BROKEN = NotPutBack(WHY, WHY, "app", "3f2a1b9", "", "", healthy=False)
ACTED = ("point", "Coolify")


def over(outcome: Outcome, *, kind: str = "deploy", step: str = "trigger") -> Shipped | None:
    """What an operation that got as far as a step counts as."""
    operation = an_operation(kind=kind, id_="d-1", created=90)
    return shipped(Snapshot(operation, outcome.status, step=step, finished=100, outcome=outcome))


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        (DEPLOYED, Shipped("d-1", 100, "runs", commits=(COMMIT,))),
        (replace(DEPLOYED, going_back=True), Shipped("d-1", 100, "runs", back=True, commits=(COMMIT,))),
        (PUT_BACK, Shipped("d-1", 100, "put back", failing=100, restored=100)),
        (replace(PUT_BACK, healthy=False), Shipped("d-1", 100, "broken", failing=100)),
        (BROKEN, Shipped("d-1", 100, "broken", failing=100)),
        (Failed(WHY, ACTED), Shipped("d-1", 100, "broken", failing=100)),
        (Abandoned(ANA, "it hangs", "watch"), Shipped("d-1", 100, "broken", failing=100)),
    ],
)
def test_what_acted_counts_by_its_end(outcome: Outcome, counts: Shipped) -> None:
    assert over(outcome) == counts


@pytest.mark.parametrize("outcome", [replace(PUT_BACK, cancelled=True), Cancelled(ANA, ACTED)])
def test_what_somebody_cancelled_does_not(outcome: Outcome) -> None:
    assert over(outcome) is None


def test_nor_does_what_changed_nothing() -> None:
    assert over(Refused(WHY), step="gates") is None
    assert over(Failed(WHY), step="remember") is None
    assert over(DEPLOYED, kind="buildkit restart") is None


def test_a_rollback_is_a_way_back() -> None:
    assert over(DEPLOYED, kind="rollback") == Shipped("d-1", 100, "runs", back=True, commits=(COMMIT,))


def test_so_is_what_puts_back_a_deploy_whose_checks_failed_later() -> None:
    assert over(PUT_BACK, kind="put back") == Shipped("d-1", 100, "runs", back=True)
    assert over(replace(PUT_BACK, healthy=False), kind="put back") is None
    assert over(Refused(WHY), kind="put back", step="still runs") is None


def ran(at: float) -> Shipped:
    return Shipped(f"d-{at:g}", at, "runs")


def failed(at: float, end: End) -> Shipped:
    return Shipped(f"d-{at:g}", at, end, failing=at - 5, restored=at if end == "put back" else 0)


def back(at: float) -> Shipped:
    return Shipped(f"r-{at:g}", at, "runs", back=True)


def test_a_deploy_from_which_somebody_went_back_failed_from_when_it_ran() -> None:
    assert changes([back(300), ran(200), ran(100)]) == (
        ran(100),
        replace(ran(200), failing=200, restored=300),
    )


def test_only_the_newest_that_ran_is_gone_back_from_however_often() -> None:
    one = replace(ran(100), failing=100, restored=200)
    assert changes([ran(100), back(200), back(300)]) == (one,)
    assert changes([ran(100), failed(150, "put back"), back(200)]) == (one, failed(150, "put back"))


@pytest.mark.parametrize("later", [ran(300), back(300)])
def test_what_is_broken_is_restored_by_what_runs_next(later: Shipped) -> None:
    earlier, *_ = found = changes([ran(100), failed(200, "broken"), later])
    assert (earlier, found[1]) == (ran(100), replace(failed(200, "broken"), restored=300))


def test_once_it_is_restored_the_next_way_back_is_one_from_what_ran_before() -> None:
    assert changes([ran(100), failed(200, "broken"), back(300), back(400)]) == (
        replace(ran(100), failing=100, restored=400),
        replace(failed(200, "broken"), restored=300),
    )


def test_what_nothing_followed_is_broken_still() -> None:
    assert changes([failed(200, "broken")]) == (failed(200, "broken"),)
