"""A conclusion has the same wording in every view, and is classified as bad or not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.words.conclusions import CONCLUSIONS
from bot.words.format import TERMINAL
from bot.words.registry import reply_text
from commands.builds import BuildsTable
from commands.status import ChainStatus
from deploy.builds.conclusions import BAD, CANCELLED, QUIET, SUCCESS, went_wrong
from deploy.builds.report import BuildList
from deploy.builds.under_way import Building
from tests.bot.words.chain import BUILDING, NOW, STATUS

GITHUBS = (
    "action_required",
    "cancelled",
    "failure",
    "neutral",
    "skipped",
    "stale",
    "startup_failure",
    "success",
    "timed_out",
)


def test_every_conclusion_of_githubs_is_bad_quiet_or_good() -> None:
    assert {SUCCESS, CANCELLED, *BAD, *QUIET} == set(GITHUBS)
    assert {name for name in GITHUBS if went_wrong(name)} == BAD
    assert went_wrong("haunted"), "what fisk does not know is no good end"


@pytest.mark.parametrize("conclusion", [*GITHUBS, "deleted", "haunted"])
def test_status_and_builds_call_it_alike(conclusion: str) -> None:
    build = replace(BUILDING, status="completed", conclusion=conclusion)
    words = CONCLUSIONS.get(conclusion)
    brief = words.brief if words else f"ended as {conclusion}"
    clause = words.clause if words else f"ended as {conclusion}"
    table, _ = reply_text(BuildsTable(BuildList((build,), None, 1, NOW), "main"), TERMINAL)
    chain, _ = reply_text(ChainStatus(replace(STATUS, building=Building((build,)))), TERMINAL)
    assert f" · {brief} in " in table
    assert f" {clause} " in chain.split("\n")[1]
