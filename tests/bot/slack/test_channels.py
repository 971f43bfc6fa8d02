"""Which channels are incident channels: without strangers, and by somebody's right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.slack.channels import FRESH, MEMBERS, PEOPLE, UNSEEN, Channels, Invitations
from deploy.core import errors
from sandbox.slack.cast import FISK, Channel, User
from tests.bot.conversation import a_bot, settings
from tests.clock import Clock

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from deploy.redis.connect import State
    from sandbox.slack import Slack

PATTERNS = ("inc-*", "incident-*")
VAT, ANA, IVO, GUEST, OTTO = "C0INCVAT1", "U024BE7LH", "U0IVO0001", "U0GUEST01", "U0OTHER01"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def invitations(state: State) -> Invitations:
    """Ana may change things, nobody else."""

    async def may(user: str) -> bool:
        return user == ANA

    return Invitations(state, may)


@pytest.fixture
async def channels(speaker: Speaker, invitations: Invitations, clock: Clock) -> Channels:
    """Ana invited fisk to the incident that there is."""
    await invitations.invited(VAT, ANA)
    return Channels(speaker, PATTERNS, invitations, clock)


def opened(slack: Slack, name: str, *, is_private: bool = False, is_archived: bool = False) -> str:
    id_ = f"C0{name.upper()}"
    channel = Channel(id_, name, members={FISK.id, ANA}, is_private=is_private, is_archived=is_archived)
    slack.workspace.channels[channel.id] = channel
    return channel.id


def asked(slack: Slack, method: str = "users.conversations") -> int:
    return sum(call.method == method for call in slack.workspace.calls)


async def test_those_that_fisk_is_in_and_whose_names_fit(
    slack: Slack, channels: Channels, invitations: Invitations
) -> None:
    private = opened(slack, "incident-db", is_private=True)
    others = opened(slack, "inc-others")
    slack.workspace.channels[others].members.clear()
    for each in (private, opened(slack, "inc-old", is_archived=True), others, "C0INCIDNT"):
        await invitations.invited(each, ANA)
    assert await channels.incidents() == (VAT, private)
    assert [await channels.is_incident(each) for each in (VAT, "C0INCIDNT")] == [True, False]
    assert [channels.known(each) for each in (VAT, private, "C0INCIDNT")] == [True, True, False]


@pytest.mark.parametrize("inviter", [IVO, GUEST, ""])
async def test_one_to_which_nobody_with_a_right_invited_fisk_is_none(
    slack: Slack, channels: Channels, inviter: str
) -> None:
    young = opened(slack, "inc-young")
    refusal = await channels.joined(young, inviter, fisk=True)
    assert refusal
    assert str(refusal) == (
        "#inc-young is no incident channel, so fisk tells nothing there by itself:"
        " whoever invited fisk may not change things."
    )
    assert await channels.incidents() == (VAT,)


async def test_whoever_invites_fisk_anew_counts(slack: Slack, channels: Channels) -> None:
    young = opened(slack, "inc-young")
    assert await channels.joined(young, ANA, fisk=True) is None
    assert await channels.incidents() == (VAT, young)
    assert await channels.joined(young, IVO, fisk=True) is not None
    assert await channels.incidents() == (VAT,)


async def test_an_invitation_that_fisk_did_not_note_itself_does_not_count(
    slack: Slack, state: State, channels: Channels
) -> None:
    young = opened(slack, "inc-young")
    await state.ask("HSET", state.key("invited"), young, ANA)
    assert await channels.incidents() == (VAT,)


async def test_one_that_is_listed_by_its_id_needs_no_invitation_and_no_name(
    slack: Slack, speaker: Speaker, invitations: Invitations
) -> None:
    war = opened(slack, "war-room")
    listed = Channels(speaker, (*PATTERNS, war), invitations)
    assert await listed.incidents() == (war,)
    slack.workspace.channels[war].members.add(GUEST)
    assert await Channels(speaker, (war,), invitations).incidents() == ()


@pytest.mark.parametrize("who", [GUEST, OTTO, "U0NOBODY1"])
async def test_one_with_a_guest_or_a_stranger_in_it_is_none(
    slack: Slack, channels: Channels, who: str
) -> None:
    slack.workspace.channels[VAT].members.add(who)
    assert await channels.incidents() == ()
    assert not await channels.is_incident(VAT)


async def test_a_guest_of_one_channel_alone_is_a_guest(slack: Slack, channels: Channels) -> None:
    slack.workspace.users["U0SINGLE1"] = User("U0SINGLE1", "sara", "Sara", is_ultra_restricted=True)
    slack.workspace.channels[VAT].members.add("U0SINGLE1")
    assert await channels.incidents() == ()


async def test_one_that_is_shared_with_another_workspace_is_none(slack: Slack, channels: Channels) -> None:
    slack.workspace.channels[VAT].is_ext_shared = True
    assert await channels.incidents() == ()


async def test_a_guest_who_joins_ends_it_at_once(slack: Slack, channels: Channels) -> None:
    assert await channels.is_incident(VAT)
    slack.workspace.channels[VAT].members.add(GUEST)
    assert await channels.joined(VAT, ANA, fisk=False) is None
    assert not channels.known(VAT)


async def test_somebody_who_joins_while_slack_says_nothing_counts_as_a_stranger(
    slack: Slack, channels: Channels, clock: Clock
) -> None:
    assert await channels.is_incident(VAT)
    slack.go_down()
    await channels.joined(VAT, "", fisk=False)
    assert await channels.incidents() == ()
    slack.come_back()
    clock.now = FRESH
    assert await channels.incidents() == (VAT,)


async def test_though_slack_says_nothing_a_guest_is_seen_in_a_while(
    slack: Slack, channels: Channels, clock: Clock
) -> None:
    assert await channels.incidents() == (VAT,)
    slack.workspace.channels[VAT].members.add(GUEST)
    clock.now = FRESH
    assert await channels.incidents() == (VAT,)
    clock.now = MEMBERS
    assert await channels.incidents() == ()


async def test_a_colleague_whom_fisk_did_not_know_yet_is_looked_for(
    slack: Slack, channels: Channels, clock: Clock
) -> None:
    await channels.incidents()
    slack.workspace.users["U0NEW0001"] = User("U0NEW0001", "nina", "Nina")
    slack.workspace.channels[VAT].members.add("U0NEW0001")
    clock.now = MEMBERS
    assert await channels.incidents() == (VAT,)
    assert asked(slack, "users.list") == 2
    clock.now = PEOPLE
    assert await channels.incidents() == (VAT,)


async def test_slack_is_asked_once_in_a_while(
    slack: Slack, channels: Channels, invitations: Invitations, clock: Clock
) -> None:
    for _ in range(3):
        assert await channels.incidents() == (VAT,)
    assert (asked(slack), asked(slack, "conversations.members")) == (1, 1)
    newer = opened(slack, "inc-2")
    await invitations.invited(newer, ANA)
    clock.now = FRESH
    assert await channels.incidents() == (newer, VAT)
    assert (asked(slack), asked(slack, "conversations.members")) == (2, 2)


async def test_a_channel_that_fisk_did_not_know_of_is_looked_for_at_once(
    slack: Slack, channels: Channels, invitations: Invitations, clock: Clock
) -> None:
    assert not await channels.is_incident("C0DEPLOYS")
    young = opened(slack, "inc-young")
    await invitations.invited(young, ANA)
    clock.now = UNSEEN
    assert not await channels.is_incident("C0DEPLOYS")
    assert asked(slack) == 1
    assert await channels.is_incident(young)
    assert not await channels.is_incident("C0GENERAL")  # which it is not in
    assert asked(slack) == 2


async def test_what_slack_said_last_counts_while_it_says_nothing(
    slack: Slack, channels: Channels, clock: Clock
) -> None:
    await channels.incidents()
    slack.go_down()
    clock.now = FRESH
    assert await channels.incidents() == (VAT,)


@pytest.mark.parametrize(
    "scopes", [{"channels:read", "chat:write"}, {"channels:read", "groups:read", "chat:write"}]
)
async def test_without_the_scopes_there_are_none(slack: Slack, channels: Channels, scopes: set[str]) -> None:
    slack.api.scopes = frozenset(scopes)
    assert await channels.incidents() == ()


async def test_without_a_pattern_slack_is_not_asked(slack: Slack, speaker: Speaker) -> None:
    assert await Channels(speaker, ()).incidents() == ()
    assert asked(slack) == 0


async def test_all_pages_are_read(slack: Slack, speaker: Speaker) -> None:
    many = [opened(slack, f"inc-{number:03}") for number in range(250)]
    assert await Channels(speaker, (VAT, many[-1])).incidents() == (many[-1], VAT)
    assert asked(slack) == 2


async def test_without_fisks_memory_the_list_stays_as_it_was(
    channels: Channels, invitations: Invitations, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await channels.incidents() == (VAT,)

    async def lost() -> dict[str, str]:
        raise errors.StateUnavailable(where="the memory")

    monkeypatch.setattr(invitations, "all", lost)
    clock.now = FRESH
    assert await channels.incidents() == (VAT,)


@pytest.mark.parametrize(
    ("inviter", "members", "why"),
    [
        ("ana", {ANA}, ""),
        ("ivo", {ANA}, "whoever invited fisk may not change things"),
        ("ana", {ANA, GUEST}, "somebody of another workspace or a guest is in it"),
    ],
)
async def test_whoever_invites_fisk_hears_why_it_will_be_silent(
    slack: Slack, valkey_url: str, inviter: str, members: set[str], why: str
) -> None:
    young = opened(slack, "inc-young")
    slack.workspace.channels[young].members = {*members, IVO}
    async with a_bot(slack, settings(slack, valkey_url)) as bot:
        await slack.invite(inviter, "fisk", "#inc-young")
        await bot.finish()
        told = [message.text for message in slack.messages("#inc-young", inviter)]
        await slack.command("ana", "#inc-young", "/fisk", "locks")
        await bot.finish()
        aloud = [message.text for message in slack.messages("#inc-young", "ivo") if message.user == FISK.id]
    silent = "#inc-young is no incident channel, so fisk tells nothing there by itself: "
    assert [text.removeprefix(silent).partition(". ")[0] for text in told] == ([why] if why else [])
    assert len([text for text in aloud if "nobody holds anything" in text]) == (0 if why else 1)
