"""A cancelled copy undoes its own changes only."""

from __future__ import annotations

import pytest

from deploy.core.outcomes import Cancelled
from deploy.env.outcomes import EnvHalf, EnvPutBack
from deploy.env.plan import Options
from tests.deploy.conftest import ANA
from tests.deploy.env.copying import ENVS, Copying, became, nothing_written, values
from tests.deploy.play import code


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
        staging.add("THEIRS", "new", preview_too=False)
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
    assert (outcome.base, outcome.going_back, outcome.cancelled) == (operation, False, True)
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
