"""Who people are in Slack."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import pytest

from bot.slack.directory import FRESH, STALE, SlackDirectory
from deploy.core.actor import Actor
from tests.clock import Clock

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from sandbox.slack import Slack

MARKO, IVO = Actor("U0MARKO01", "marko"), Actor("U0IVO0001", "ivo")
BOTH = ("S0DEPLOYR", "S0ONCALL1")
GROUPS, USERS = "* /api/usergroups.users.list", "* /api/users.info"
DOWN = 10**6


def directory(speaker: Speaker, groups: Collection[str] = BOTH, clock: Clock | None = None) -> SlackDirectory:
    return SlackDirectory(speaker, lambda: groups, clock or Clock())


async def test_only_the_groups_that_decide_are_asked_for(speaker: Speaker) -> None:
    assert (await directory(speaker).known(MARKO)).groups == frozenset(BOTH)
    assert (await directory(speaker, BOTH[:1]).known(MARKO)).groups == frozenset(BOTH[:1])
    assert (await directory(speaker).known(IVO)).groups == frozenset()
    assert (await directory(speaker, ()).known(MARKO)).groups == frozenset()


STANDINGS = {
    "U0MARKO01": "member",
    "U0GUEST01": "guest",
    "U0NOBODY9": "unknown",
    "USLACKBOT": "bot",
}


@pytest.mark.parametrize("user", STANDINGS)
async def test_slack_says_what_somebody_is(speaker: Speaker, user: str) -> None:
    assert (await directory(speaker).known(Actor(user))).standing == STANDINGS[user]


async def test_who_slack_does_not_tell_about_is_in_no_group_and_no_member(
    slack: Slack, speaker: Speaker
) -> None:
    slack.faults.queue(GROUPS, status=503, times=DOWN)
    slack.faults.queue(USERS, status=503, times=DOWN)
    assert await directory(speaker).known(MARKO) == MARKO


async def test_a_failure_is_not_remembered(slack: Slack, speaker: Speaker) -> None:
    groups = directory(speaker, BOTH[:1])
    slack.faults.queue(GROUPS, status=503, times=1)
    assert (await groups.known(MARKO)).groups == frozenset()
    assert (await groups.known(MARKO)).groups == frozenset(BOTH[:1])


async def test_what_somebody_brings_along_does_not_count(speaker: Speaker) -> None:
    forged = Actor(IVO.id, groups=frozenset(BOTH), standing="member")
    assert (await directory(speaker).known(forged)).groups == frozenset()


async def test_what_slack_said_serves_while_it_says_nothing_else_but_not_for_long(
    slack: Slack, speaker: Speaker
) -> None:
    clock = Clock()
    groups = directory(speaker, BOTH[:1], clock)
    assert (await groups.known(MARKO)).groups == frozenset(BOTH[:1])
    slack.faults.queue(GROUPS, status=503, times=DOWN)
    seen = []
    for clock.now in (FRESH - 1, FRESH, STALE - 1, STALE):
        seen.append((await groups.known(MARKO)).groups)
    assert seen == [*[frozenset(BOTH[:1])] * 3, frozenset()]


async def test_a_group_that_slack_changed_is_known_after_a_while(slack: Slack, speaker: Speaker) -> None:
    clock = Clock()
    groups = directory(speaker, BOTH[:1], clock)
    assert (await groups.known(MARKO)).groups == frozenset(BOTH[:1])
    slack.workspace.groups["S0DEPLOYR"].users.remove(MARKO.id)
    clock.now = FRESH
    assert (await groups.known(MARKO)).groups == frozenset()


async def test_a_group_that_does_not_exist_has_no_members(speaker: Speaker) -> None:
    assert (await directory(speaker, ("S0NOBODY1",)).known(MARKO)).groups == frozenset()
