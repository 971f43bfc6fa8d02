"""A deploy that brings migrations, and the way back over them: plan, gates, dialogs and refusal say so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox import story
from tests.acceptance.show import Show


@pytest.fixture
def migrating() -> Show:
    show = Show()
    show.world.migrations = "prisma/migrations/**"
    commits = show.world.github.history.commits
    commits[story.SICK] = replace(commits[story.SICK], files=("prisma/migrations/1_vat/migration.sql",))
    return show


async def test_nobody_goes_back_over_migrations_unasked(migrating: Show) -> None:
    async with migrating as show:
        assert "! migrations   brings 1 migration" in await show.ask("deploy 3f2a1b9 --noop")
        await show.type("deploy 3f2a1b9")
        deployed = await show.said("app runs 3f2a1b9: deployed")
        assert "Note: brings 1 migration" in show.slack.reading(deployed)

        await show.press(deployed, "Roll back")
        refused = await show.said("a4c9e1f goes back over 1 migration")
        assert (show.deploys, show.runs) == (1, "3f2a1b9")
        await show.press(refused, "Roll back all the same")
        await show.said("app runs a4c9e1f again: rolled back")
        assert show.runs == "a4c9e1f"
