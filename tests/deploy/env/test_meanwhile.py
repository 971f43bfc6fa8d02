"""Concurrent changes during a copy: of the source, by somebody else, and by Coolify itself."""

from __future__ import annotations

import asyncio

import pytest

from deploy.engine.engine import Suspended
from deploy.env.outcomes import Became, EnvCopied, EnvHalf, EnvPutBack, Line
from deploy.env.plan import Options
from deploy.systems.coolify import variables
from tests.deploy.env.copying import Copying, values


async def test_what_somebody_else_makes_in_the_target_meanwhile_keeps_its_twin(copying: Copying) -> None:
    copying.empty()
    copying.app.variables.add("A", "ours", preview_too=False)
    copying.app.variables.add("B", "ours")
    copying.play.journal.at["copy production"] = lambda: copying.staging.variables.add("A", "theirs")
    _, outcome = await copying.copy()
    assert isinstance(outcome, EnvHalf)
    assert values(copying.staging) == {"A": "theirs", "B": "ours"}
    assert values(copying.staging, preview=True) == {"A": "theirs", "B": "ours"}
    assert [line for line in outcome.lines if line.bad] == [
        Line("A", preview=False, became="failed", why="somebody else changed it in the target meanwhile"),
        Line("A", preview=True, became="failed", why="somebody else changed it in the target meanwhile"),
    ]


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
        copying.staging.variables.add("COMPANY", "theirs", preview_too=False)

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
        staging.rows = [row for row in staging.rows if row.key != "DATABASE_URL" or row.is_preview]

    copying.play.journal.at["copy production"] = interfere
    _, outcome = await copying.copy(Options(overwrite=True))
    assert isinstance(outcome, EnvHalf)
    assert "DATABASE_URL" not in values(copying.staging)
    assert [(line.key, line.preview, line.why) for line in outcome.lines if line.bad] == [
        ("DATABASE_URL", False, "somebody else changed it in the target meanwhile"),
    ]


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


@pytest.mark.parametrize(
    ("change", "became", "why"),
    [
        ({"value": "Theirs d.o.o."}, "differs", "it reads back with another value"),
        ({"is_literal": True}, "differs", "it reads back with another set of flags"),
        ({"key": "RENAMED"}, "failed", "it is not there when read back"),
    ],
    ids=["another value", "other flags", "gone"],
)
async def test_what_reads_back_otherwise_is_told_with_its_reason(
    copying: Copying, change: dict[str, object], became: Became, why: str
) -> None:
    def interfere() -> None:
        row = copying.staging.variables.find("COMPANY", preview=False)
        for name, value in change.items():
            setattr(row, name, value)

    copying.play.journal.before_keeping["remove"] = interfere
    _, outcome = await copying.copy()
    assert isinstance(outcome, EnvHalf)
    assert [line for line in outcome.lines if line.bad] == [
        Line("COMPANY", preview=False, became=became, why=why)
    ]


async def test_what_reads_back_otherwise_once_its_source_has_moved_on_has_another_content(
    copying: Copying,
) -> None:
    def interfere() -> None:
        for app in (copying.app, copying.staging):
            row = app.variables.find("COMPANY", preview=False)
            assert row is not None
            row.value = f"{app.name} d.o.o."

    copying.play.journal.before_keeping["remove"] = interfere
    _, outcome = await copying.copy()
    assert isinstance(outcome, EnvHalf)
    assert outcome.moved == ("COMPANY",)
    assert [line for line in outcome.lines if line.bad] == [
        Line("COMPANY", preview=False, became="differs", why="it reads back with another content")
    ]


async def test_one_that_stands_twice_is_told_and_an_undo_removes_both(copying: Copying) -> None:
    before = copying.rows(copying.staging)

    def twice() -> None:
        copying.staging.variables.add("COMPANY", "Twice d.o.o.", preview_too=False)

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
