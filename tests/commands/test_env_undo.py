"""env undo and resume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commands.env import EnvPlan, Row
from commands.reply import Started
from deploy.core import errors
from deploy.env.errors import NoBackup
from deploy.env.outcomes import EnvCopied, EnvHalf, Line
from tests.commands.env_lines import COPY, asked

if TYPE_CHECKING:
    from sandbox.world import World
    from tests.commands.conftest import Asking


async def test_there_is_nothing_to_undo_of_what_kept_nothing(asking: Asking) -> None:
    begun = await asking("deploy 3f2a1b9")
    assert isinstance(begun, Started)
    with pytest.raises(NoBackup):
        await asking(f"env undo {begun.operation.id}")
    with pytest.raises(errors.UnknownOperation):
        await asking("env undo e-nobody")


async def test_an_undo_is_planned_too_and_names_what_others_changed_since(
    asking: Asking, outside: World
) -> None:
    question = await asked(asking, COPY)
    begun = await asking(question.offer.command)
    assert isinstance(begun, Started)
    assert await asking.parts.engine.run_one(begun.operation.id)
    staging = outside.coolify.apps["staging"].variables
    staging.add("THEIRS", "since", preview_too=False)
    staging.add("SENTRY_DSN", "since", is_preview=True)  # the copy removed one that Coolify had made
    company = staging.find("COMPANY", preview=False)
    assert company
    company.value = "theirs"
    undo = await asked(asking, f"env undo {begun.operation.id}")
    assert undo.offer.label == "Remove 24"
    assert undo.view.strangers == ("COMPANY", "SENTRY_DSN", "THEIRS")
    assert (undo.view.going_back, undo.view.base) == (True, begun.operation.id)


async def test_a_resume_shows_what_is_left_and_asks_nothing_where_nothing_is(
    asking: Asking, outside: World
) -> None:
    begun = await asking((await asked(asking, COPY)).offer.command)
    assert isinstance(begun, Started)
    assert await asking.parts.engine.run_one(begun.operation.id)
    nothing = await asking(f"env resume {begun.operation.id}")
    assert isinstance(nothing, EnvPlan)
    assert nothing.go is None
    staging = outside.coolify.apps["staging"].variables
    for row in [row for row in staging.rows if row.key == "COMPANY"]:
        staging.remove(row.uuid)
    rest = await asked(asking, f"env resume {begun.operation.id}")
    assert (rest.offer.label, [row.key for row in rest.view.of("add")]) == ("Copy 2", ["COMPANY", "COMPANY"])


async def test_a_twin_that_coolify_did_not_let_go_is_removed_by_a_resume(
    asking: Asking, outside: World
) -> None:
    app, staging = (outside.coolify.apps[name].variables for name in ("app", "staging"))
    app.rows.clear()
    app.add("ALONE", "x", preview_too=False)
    begun = await asking((await asked(asking, COPY)).offer.command)
    assert isinstance(begun, Started)
    outside.coolify.faults.queue("DELETE */envs/*", status=500, body='{"message": "No."}')
    assert await asking.parts.engine.run_one(begun.operation.id)
    half = (await asking.parts.world.memory.journal.load(begun.operation.id)).outcome
    assert isinstance(half, EnvHalf)
    assert [line for line in half.lines if line.bad] == [
        Line("ALONE", preview=True, became="failed", why="Coolify says: No")
    ]

    rest = await asked(asking, f"env resume {begun.operation.id}")
    assert (rest.offer.label, rest.view.previews_made) == ("Remove 1", ())
    assert [row for row in rest.view.rows if row.key == "ALONE" and row.preview] == [
        Row(
            "ALONE",
            preview=True,
            fate="remove",
            why="Coolify made it by itself",
            other=rest.view.rows[0].mark,
        )
    ]
    again = await asking(rest.offer.command)
    assert isinstance(again, Started)
    assert await asking.parts.engine.run_one(again.operation.id)
    outcome = (await asking.parts.world.memory.journal.load(again.operation.id)).outcome
    assert isinstance(outcome, EnvCopied)
    assert (outcome.previews_made, staging.find("ALONE", preview=True)) == (("ALONE",), None)


async def test_what_coolify_made_twice_in_the_end_is_put_right_by_a_resume(
    asking: Asking, outside: World
) -> None:
    begun = await asking((await asked(asking, f"{COPY} --only COMPANY")).offer.command)
    assert isinstance(begun, Started)
    assert await asking.parts.engine.run_one(begun.operation.id)
    staging = outside.coolify.apps["staging"].variables
    row = staging.find("COMPANY", preview=False)
    assert row
    staging.add("COMPANY", row.value, preview_too=False)

    rest = await asked(asking, f"env resume {begun.operation.id}")
    assert rest.offer.label == "Remove 1"
    assert [(it.key, it.preview, it.why) for it in rest.view.of("remove")] == [
        ("COMPANY", False, "it stands there twice, and one stays")
    ]
    again = await asking(rest.offer.command)
    assert isinstance(again, Started)
    assert await asking.parts.engine.run_one(again.operation.id)
    outcome = (await asking.parts.world.memory.journal.load(again.operation.id)).outcome
    assert isinstance(outcome, EnvCopied)
    rows = [(it.key, it.is_preview) for it in staging.rows if it.key == "COMPANY"]
    assert sorted(rows) == [("COMPANY", False), ("COMPANY", True)]


async def test_a_second_row_of_a_key_is_not_taken_for_the_first_which_was_copied(
    asking: Asking, outside: World
) -> None:
    begun = await asking((await asked(asking, COPY)).offer.command)
    assert isinstance(begun, Started)
    assert await asking.parts.engine.run_one(begun.operation.id)
    outside.coolify.apps["staging"].variables.add("COMPANY", "theirs", preview_too=False)
    nothing = await asking(f"env resume {begun.operation.id}")
    assert isinstance(nothing, EnvPlan)
    assert nothing.go is None
