"""Which channels are incident channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.slack.channels import FRESH, UNSEEN, Channels
from sandbox.slack.cast import FISK, Channel

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from sandbox.slack import Slack

PATTERNS = ("inc-*", "incident-*")
VAT = "C0INCVAT1"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def opened(slack: Slack, name: str, *, is_private: bool = False, is_archived: bool = False) -> str:
    id_ = f"C0{name.upper()}"
    channel = Channel(id_, name, members={FISK.id}, is_private=is_private, is_archived=is_archived)
    slack.workspace.channels[channel.id] = channel
    return channel.id


def asked(slack: Slack) -> int:
    return sum(call.method == "users.conversations" for call in slack.workspace.calls)


async def test_those_that_fisk_is_in_and_whose_names_fit(slack: Slack, speaker: Speaker) -> None:
    private = opened(slack, "incident-db", is_private=True)
    opened(slack, "inc-old", is_archived=True)
    slack.workspace.channels[opened(slack, "inc-others")].members.clear()
    channels = Channels(speaker, PATTERNS)
    assert await channels.incidents() == (VAT, private)
    assert [await channels.is_incident(each) for each in (VAT, "C0INCIDNT")] == [True, False]


async def test_slack_is_asked_once_in_a_while(slack: Slack, speaker: Speaker) -> None:
    clock = Clock()
    channels = Channels(speaker, PATTERNS, clock)
    for _ in range(3):
        assert await channels.incidents() == (VAT,)
    assert asked(slack) == 1
    newer = opened(slack, "inc-2")
    clock.now = FRESH
    assert await channels.incidents() == (newer, VAT)
    assert asked(slack) == 2


async def test_a_channel_that_fisk_did_not_know_of_is_looked_for_at_once(
    slack: Slack, speaker: Speaker
) -> None:
    clock = Clock()
    channels = Channels(speaker, PATTERNS, clock)
    assert not await channels.is_incident("C0DEPLOYS")
    young = opened(slack, "inc-young")
    clock.now = UNSEEN
    assert not await channels.is_incident("C0DEPLOYS")
    assert asked(slack) == 1
    assert await channels.is_incident(young)
    assert not await channels.is_incident("C0GENERAL")  # which it is not in
    assert asked(slack) == 2


async def test_what_slack_said_last_counts_while_it_says_nothing(slack: Slack, speaker: Speaker) -> None:
    clock = Clock()
    channels = Channels(speaker, PATTERNS, clock)
    await channels.incidents()
    slack.go_down()
    clock.now = FRESH
    assert await channels.incidents() == (VAT,)


async def test_without_the_scope_there_are_none(slack: Slack, speaker: Speaker) -> None:
    slack.api.scopes = frozenset({"channels:read", "chat:write"})
    assert await Channels(speaker, PATTERNS).incidents() == ()


async def test_without_a_pattern_slack_is_not_asked(slack: Slack, speaker: Speaker) -> None:
    assert await Channels(speaker, ()).incidents() == ()
    assert asked(slack) == 0


async def test_all_pages_are_read(slack: Slack, speaker: Speaker) -> None:
    many = [opened(slack, f"inc-{number:03}") for number in range(250)]
    assert await Channels(speaker, PATTERNS).incidents() == (*many, VAT)
    assert asked(slack) == 2
