"""A target's own checks, in the channel: a deploy that fails one is put back, at once or while it bakes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from sandbox.world import ERRORS
from tests.acceptance.show import Show

LONG, BRIEF = "1h", "2s"
Checked = Callable[[str], Show]


@pytest.fixture
def checked() -> Checked:
    def make(bake: str) -> Show:
        show = Show()
        show.world.checks, show.world.bake = True, bake
        return show

    return make


async def test_a_check_that_fails_puts_back_what_ran(checked: Checked) -> None:
    async with checked(LONG) as show:
        assert "Then it must pass: schema, status, errors; it bakes for 1 h." in await show.ask(
            "deploy 3f2a1b9 --noop"
        )
        show.world.host.unmigrated = True
        await show.type("deploy 3f2a1b9")
        failed = await show.said("app: 3f2a1b9 failed its check “schema”; a4c9e1f is back and healthy.")
        assert "Why: status 1, To apply migrations in production run prisma migrate deploy." in (
            show.slack.reading(failed)
        )
        assert (show.runs, show.deploys) == ("a4c9e1f", 2)


async def test_a_deploy_is_told_when_it_is_proven(checked: Checked) -> None:
    async with checked(BRIEF) as show:
        await show.type("deploy 3f2a1b9")
        deployed = await show.said("app runs 3f2a1b9: deployed")
        assert "3 checks passed; it bakes until " in show.slack.reading(deployed)
        await show.said("app runs 3f2a1b9: proven, 3 checks passed for 2 s.")
        assert (show.runs, show.deploys) == ("3f2a1b9", 1)


async def test_what_fails_while_it_bakes_is_put_back_by_itself(checked: Checked) -> None:
    async with checked(LONG) as show:
        await show.type("deploy 3f2a1b9")
        await show.said("app runs 3f2a1b9: deployed")
        assert "is baking 3f2a1b9 in app" in await show.ask("status")
        show.world.prometheus.measure(ERRORS, 0.3)
        failed = await show.said("app: 3f2a1b9 failed its check “errors”; p-")
        assert "Why: 0.3 is not below 0.05." in show.slack.reading(failed)
        await show.said("app: 3f2a1b9 failed its check “errors”; a4c9e1f is back and healthy.")
        assert (show.runs, show.deploys) == ("a4c9e1f", 2)


async def test_a_bot_that_is_killed_while_it_bakes_is_followed_by_another(checked: Checked) -> None:
    async with checked(LONG) as show:
        await show.type("deploy 3f2a1b9")
        await show.said("app runs 3f2a1b9: deployed")
        await show.bots[0].kill()
        show.world.prometheus.measure(ERRORS, 0.3)
        await show.join()
        await show.said("app: 3f2a1b9 failed its check “errors”; a4c9e1f is back and healthy.")
        assert (show.runs, show.deploys) == ("a4c9e1f", 2)
        first, *others = [show.slack.reading(each).splitlines()[0] for each in show.posts()]
        assert first.startswith("✓ app runs 3f2a1b9: deployed in ")
        assert [re.sub(r"p-\w+", "p-…", each) for each in others] == [
            "✗ app: 3f2a1b9 failed its check “errors”; p-… puts back what ran before.",
            "✗ app: 3f2a1b9 failed its check “errors”; a4c9e1f is back and healthy.",
        ]
