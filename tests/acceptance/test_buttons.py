"""Buttons: what changes something is pressed once, and is refused where it was overtaken."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox import story
from sandbox.host import Container
from tests.acceptance.show import Show

INCIDENT = "#inc-vat-rounding"


@pytest.fixture
async def deployed() -> AsyncIterator[Show]:
    async with Show() as show:
        await show.type("deploy 3f2a1b9")
        await show.said("app runs 3f2a1b9: deployed")
        yield show


async def test_a_button_that_was_pressed_is_gone_and_does_nothing_twice(deployed: Show) -> None:
    outcome = await deployed.said("app runs 3f2a1b9: deployed")
    assert "[Roll back]" in deployed.slack.reading(outcome)
    await deployed.press(outcome, "Roll back")
    await deployed.said("app runs a4c9e1f again: rolled back")
    await deployed.until(lambda: "[Roll back]" not in deployed.slack.reading(outcome))
    assert "[Log]" in deployed.slack.reading(outcome)
    assert (deployed.deploys, deployed.runs) == (2, "a4c9e1f")


async def test_of_two_people_who_press_at_once_one_is_told_of_the_other(deployed: Show) -> None:
    outcome = await deployed.said("app runs 3f2a1b9: deployed")
    receipt = [await deployed.slack.press(user, outcome, "Roll back") for user in ("ana", "marko")]
    assert all(each.acked for each in receipt)
    await deployed.until(lambda: deployed.whispers("ana") or deployed.whispers("marko"))
    (told,) = [*deployed.whispers("ana"), *deployed.whispers("marko")]
    assert "has pressed this button already." in deployed.slack.reading(told)
    await deployed.said("app runs a4c9e1f again: rolled back")
    assert deployed.deploys == 2


async def test_the_way_back_of_an_older_message_is_refused_with_what_is_so_now(deployed: Show) -> None:
    outcome = await deployed.said("app runs 3f2a1b9: deployed")
    shipped = deployed.world.registry.find(story.IMAGE, story.MULTI_ARCH)
    assert shipped is not None
    deployed.world.host.running["app"] = Container.of(shipped)
    told = deployed.slack.reading(await deployed.pressed(outcome, "Roll back"))
    assert told.startswith("This was for when app ran 3f2a1b9. It runs 0b94ac7 now. Nothing was done.")
    await deployed.until(lambda: "[Roll back]" not in deployed.slack.reading(outcome))
    assert deployed.deploys == 1


async def test_what_was_refused_may_be_pressed_again(deployed: Show) -> None:
    outcome = await deployed.said("app runs 3f2a1b9: deployed")
    told = deployed.slack.reading(await deployed.pressed(outcome, "Roll back", "ivo"))
    assert told.startswith("You may look but not roll back")
    await deployed.press(outcome, "Roll back", "marko")
    await deployed.said("app runs a4c9e1f again: rolled back")


async def test_a_question_is_answered_with_what_stays_and_goes_away() -> None:
    async with Show() as show:
        question = await show.asked("deploy main")
        assert "[Deploy 9c41d07]  [Keep what runs]" in show.slack.reading(question)
        await show.press(question, "Keep what runs")
        await show.until(lambda: question not in show.whispers("ana"))
        assert show.deploys == 0


async def test_where_all_read_the_question_they_read_who_left_it() -> None:
    async with Show() as show:
        await show.type("deploy main", channel=INCIDENT)
        await show.until(lambda: show.slack.find(INCIDENT, "Deploy that to app?"))
        question = show.slack.find(INCIDENT, "Deploy that to app?")
        assert question is not None
        await show.press(question, "Keep what runs", "marko")
        await show.until(lambda: "@marko: Keep what runs" in show.slack.reading(question))
        assert "[Deploy" not in show.slack.reading(question)
        assert show.deploys == 0


async def test_nobody_is_asked_to_press_what_they_may_not() -> None:
    async with Show() as show:
        assert "[Deploy 3f2a1b9]" in await show.ask("where 3f2a1b9")
        assert "[Deploy 3f2a1b9]" not in await show.ask("where 3f2a1b9", "ivo")


async def test_a_message_for_all_has_the_buttons_of_all(deployed: Show) -> None:
    await deployed.type("lock app mine")
    held = await deployed.said("holds app: mine")
    assert "[Unlock]" in deployed.slack.reading(held)
