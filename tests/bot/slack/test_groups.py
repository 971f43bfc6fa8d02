"""Membership in user groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.slack.groups import FRESH, Groups

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from sandbox.slack import Slack

MARKO, IVO = "U0MARKO01", "U0IVO0001"
BOTH = ("S0DEPLOYR", "S0ONCALL1")
ASK = "* /api/usergroups.users.list"
DOWN = 10**6


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_only_the_groups_that_decide_are_asked_for(speaker: Speaker) -> None:
    assert await Groups(speaker, BOTH).of(MARKO) == frozenset(BOTH)
    assert await Groups(speaker, BOTH[:1]).of(MARKO) == frozenset(BOTH[:1])
    assert await Groups(speaker, BOTH).of(IVO) == frozenset()
    assert await Groups(speaker, ()).of(MARKO) == frozenset()


async def test_nobody_is_in_a_group_that_slack_does_not_tell_about(slack: Slack, speaker: Speaker) -> None:
    groups = Groups(speaker, BOTH)
    slack.faults.queue(ASK, status=503, times=DOWN)
    assert await groups.of(MARKO) == frozenset()


async def test_a_failure_is_not_remembered(slack: Slack, speaker: Speaker) -> None:
    groups = Groups(speaker, BOTH[:1])
    slack.faults.queue(ASK, status=503, times=1)
    assert await groups.of(MARKO) == frozenset()
    assert await groups.of(MARKO) == frozenset(BOTH[:1])


async def test_what_slack_said_serves_for_a_while_and_no_longer(slack: Slack, speaker: Speaker) -> None:
    clock = Clock()
    groups = Groups(speaker, BOTH[:1], clock)
    assert await groups.of(MARKO) == frozenset(BOTH[:1])
    slack.faults.queue(ASK, status=503, times=DOWN)
    clock.now = FRESH - 1
    assert await groups.of(MARKO) == frozenset(BOTH[:1])
    clock.now = FRESH
    assert await groups.of(MARKO) == frozenset()


async def test_a_group_that_does_not_exist_has_no_members(speaker: Speaker) -> None:
    assert await Groups(speaker, ("S0NOBODY1",)).of(MARKO) == frozenset()
