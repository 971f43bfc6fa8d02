"""A limit on lines for each person: nobody's flood delays the others, and nobody on call meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.slack.rate import COSTS, Rate
from commands.grammar import parse
from deploy.core import errors
from deploy.core.permissions import READING
from tests.bot.conversation import a_bot, settings
from tests.clock import Clock

if TYPE_CHECKING:
    from bot.app.run import Bot
    from sandbox.slack import Slack


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rate(clock: Clock) -> Rate:
    return Rate(60, clock)


def taken(rate: Rate, line: str, times: int, actor: str = "U1") -> int:
    """How many of so many lines were let through."""
    through = 0
    for _ in range(times):
        try:
            rate.take(actor, parse(line))
        except errors.TooManyLines:
            continue
        through += 1
    return through


@pytest.mark.parametrize(
    ("line", "through"),
    [
        ("locks", 60),
        ("doctor", 6),
        ("stats 7d", 6),
        ("status", 20),
        ("env diff app staging", 12),
        ("builds", 20),
        ("history", 60),
    ],
)
def test_a_flood_ends_the_sooner_the_more_a_line_costs(rate: Rate, line: str, through: int) -> None:
    assert taken(rate, line, 100) == through


def test_who_looked_too_often_can_still_act(rate: Rate) -> None:
    taken(rate, "doctor", 40)
    for line in ("rollback app", "cancel d-k95b4c", "unlock app", "deploy 3f2a1b9"):
        assert taken(rate, line, 10) == 10


def test_one_persons_flood_is_not_anothers(rate: Rate) -> None:
    taken(rate, "doctor", 40)
    assert taken(rate, "locks", 10, "U2") == 10


def test_a_refusal_says_when_to_ask_again_and_then_it_is_answered(rate: Rate, clock: Clock) -> None:
    taken(rate, "doctor", 6)
    with pytest.raises(errors.TooManyLines) as refusal:
        rate.take("U1", parse("doctor"))
    assert refusal.value.failure.hint.startswith("Ask again in 10 s;")
    clock.now = 9.9
    assert taken(rate, "doctor", 1) == 0
    clock.now = 10
    assert taken(rate, "doctor", 1) == 1


def test_on_call_a_line_every_three_seconds_is_never_too_much(rate: Rate, clock: Clock) -> None:
    for line in ["status", "locks", "builds", "logs app", "changes", "rollback app", "op d-k95b4c"] * 30:
        rate.take("U1", parse(line))
        clock.now += 3


def test_without_a_limit_all_is_let_through() -> None:
    assert taken(Rate(0), "doctor", 1000) == 1000


def test_what_costs_more_only_looks() -> None:
    assert [kind for kind in COSTS if kind.right not in READING] == []


async def answer(slack: Slack, bot: Bot, who: str, line: str) -> str:
    await slack.command(who, "#deploys", "/fisk", line)
    await bot.finish()
    return slack.messages("#deploys", who)[-1].text


async def test_in_slack_the_flood_is_refused_and_another_person_answered(
    slack: Slack, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.rate.BURST", 2)
    nothing = "Nothing is under way, and nobody holds anything."
    async with a_bot(slack, settings(slack, valkey_url)) as bot:
        answers = [await answer(slack, bot, "ivo", "locks") for _ in range(3)]
        assert answers[:2] == [nothing, nothing]
        assert answers[2].startswith("That is more than fisk answers one person at once. Ask again in ")
        assert await answer(slack, bot, "ana", "locks") == nothing
        assert await bot.parts.world.memory.audit.refusals(0) == ()
