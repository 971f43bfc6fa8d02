"""An incident channel: answers are public, and every operation is posted, wherever it was started."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot.slack.messages import TS
from deploy.redis.idempotency import DONE
from sandbox.slack.cast import Channel
from tests.acceptance.show import Show
from tests.waiting import until

if TYPE_CHECKING:
    from deploy.engine.journal import Journal

INCIDENT = "#inc-vat-rounding"
SHORTLY = "0.0006"  # hours: two seconds


@pytest.fixture
async def two(request: pytest.FixtureRequest) -> AsyncIterator[Show]:
    """Two bots; a parameter is how often their doctor looks by itself."""
    show = Show(FISK_DOCTOR_HOURS=getattr(request, "param", "0"))
    await show.start(bots=2)
    yield show
    await show.stop()


def heard(show: Show, channel: str = INCIDENT) -> list[str]:
    """What everybody in the channel reads, oldest first."""
    messages = show.slack.messages(channel)
    return [show.slack.reading(each) for each in messages if each.is_by_app and not each.visible_to]


async def told(show: Show, text: str, channel: str = INCIDENT) -> str:
    await show.until(lambda: any(text in each for each in heard(show, channel)))
    return next(each for each in heard(show, channel) if text in each)


async def test_everybody_reads_the_answer_and_what_was_asked(show: Show) -> None:
    await show.type("locks", "ivo", INCIDENT)
    assert await told(show, "Nothing is under way") == (
        "@ivo: `locks`\nNothing is under way, and nobody holds anything."
    )
    await show.type("deploy 3f2a1b9", "ivo", INCIDENT)
    assert (await told(show, "You may look")).startswith(
        "@ivo: `deploy 3f2a1b9`\nYou may look but not deploy:"
    )


async def test_a_question_is_asked_aloud_so_that_another_one_may_answer(show: Show) -> None:
    show.world.coolify.queue.freeze()
    await show.type("deploy 3f2a1b9", channel=INCIDENT)
    await told(show, "● watch")
    await show.type("unlock app --force", "ana", INCIDENT)
    await told(show, "Taking its lock away stops it where it is")
    question = show.slack.find(INCIDENT, "Taking its lock away stops it where it is")
    assert question is not None
    await show.press(question, "confirm", "marko")
    await told(show, "took the lock of app away")
    show.world.coolify.queue.thaw()


async def test_in_other_channels_answers_stay_between_fisk_and_whoever_asked(show: Show) -> None:
    await show.ask("locks")
    assert show.posts() == []


async def test_a_deploy_from_elsewhere_is_told_when_it_begins_and_when_it_has_ended(show: Show) -> None:
    await show.type('deploy 3f2a1b9 --reason "month end"')
    await told(show, "app runs 3f2a1b9: deployed")
    began, ended = heard(show)
    assert began.startswith("Deploying 3f2a1b9 to app · @ana · month end\n")
    assert ended.startswith("✓ app runs 3f2a1b9: deployed in ")
    assert "app runs 3f2a1b9: deployed" in show.slack.reading(await show.said("app runs 3f2a1b9: deployed"))


async def test_a_deploy_from_the_channel_itself_is_its_live_message_alone(show: Show) -> None:
    await show.type("deploy 3f2a1b9", channel=INCIDENT)
    await told(show, "app runs 3f2a1b9: deployed")
    await show.type("changes 5m", "marko", INCIDENT)
    listed = await told(show, "Changes in the last 5 min")
    assert listed.startswith("@marko: `changes 5m`\n")
    assert "@ana `deploy 3f2a1b9`: done in " in listed
    tops = [each for each in show.slack.messages(INCIDENT) if not each.is_reply]
    assert len(tops) == 2


async def test_a_terminals_deploy_is_told_to_private_channels_too() -> None:
    show = Show()
    show.slack.workspace.channels["C0SECRET"] = Channel(
        "C0SECRET", "incident-secret", members={"U024BE7LH"}, is_private=True
    )
    async with show:
        await show.slack.invite("ana", "fisk", "#incident-secret")
        async with show.memory() as journal:
            await until(partial(_invited, journal))
        assert (await show.terminal("deploy", "3f2a1b9")).status == 0
        for channel in (INCIDENT, "#incident-secret"):
            await told(show, "app runs 3f2a1b9: deployed", channel)
            assert len(heard(show, channel)) == 2


async def test_when_a_bot_dies_the_other_one_goes_on_and_each_thing_is_told_once(two: Show) -> None:
    """Its messages are in the outbox, or are left again by whoever takes the operation over."""
    two.world.coolify.queue.freeze()
    await two.type("deploy 3f2a1b9")
    await told(two, "Deploying 3f2a1b9 to app")
    async with two.memory() as journal:
        (running,) = await journal.running()
        await until(partial(_written_down, journal, running.operation.id))
        dying = next(bot for bot in two.bots if f":{_pid(bot)}:" in running.runner)
    await dying.kill()
    two.world.coolify.queue.thaw()
    await told(two, "app runs 3f2a1b9: deployed")
    about = [each for each in heard(two) if "3f2a1b9" in each]
    assert [each.split(" ")[0] for each in about] == ["Deploying", "✓"]


async def _invited(journal: Journal) -> bool:
    return bool(await journal.state.ask("HEXISTS", journal.state.key("invited"), "C0SECRET"))


async def _written_down(journal: Journal, operation: str) -> bool:
    """Whether fisk knows that it has told the beginning; a bot that dies between the two tells it twice."""
    claim = journal.state.key(f"once:said:C0INCVAT1:{operation}:began")
    posted = TS in (await journal.load(operation)).marks
    return posted and await journal.state.ask("GET", claim) == DONE


def _pid(bot: object) -> int:
    process = getattr(bot, "process", None)
    assert process is not None
    return int(process.pid)


@pytest.mark.parametrize("two", [SHORTLY], indirect=True)
async def test_two_bots_tell_once_what_the_doctor_found_by_itself(two: Show) -> None:
    async with two.memory() as journal:
        last_verdicts = journal.state.key("doctor")
        while not await journal.state.ask("EXISTS", last_verdicts):
            await two.until(lambda: True)
    quiet = len(heard(two))
    two.world.github.runs.online = False
    found = await told(two, "✗ runner.online")
    assert found.startswith("The doctor found changes in the build authority:\n✗ runner.online")
    two.world.github.runs.online = True
    await told(two, "✓ runner.online   holds again")
    news = [each for each in heard(two)[quiet:] if "runner.online" in each]
    assert len(news) == 2
