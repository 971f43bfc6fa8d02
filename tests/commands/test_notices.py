"""notify: which builds are posted in the channel where it is typed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from bot.words.format import Format
from bot.words.texts import reply_text
from commands.grammar import parse
from commands.grammar.notices import Notify
from commands.notices import Notified, NowNotified
from deploy.access.errors import NotAllowed
from deploy.access.policy import Policy
from deploy.builds.sight import Sight
from deploy.core import errors
from deploy.core.ask import Unknown
from deploy.core.model import Failure, Offer, Origin
from deploy.notices.errors import NoChannel
from deploy.notices.store import Rules
from tests.commands.chain import status
from tests.deploy.conftest import ANA

if TYPE_CHECKING:
    from commands.grammar import Invocation
    from deploy.notices.policy import Rule
    from tests.commands.conftest import Asking

SLACK = Format(slack=True)


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("notify", Notify("")),
        ("notify on", Notify("all")),
        ("NOTIFY Off", Notify("off")),
        ("notify failures", Notify("failures")),
        ("notify mentions", Notify("mentions")),
    ],
)
def test_the_grammar_knows_four_rules(line: str, asked: Invocation) -> None:
    assert parse(line) == asked


def test_another_word_gets_the_nearest_one() -> None:
    with pytest.raises(errors.NotUnderstood) as error:
        parse("notify failure")
    assert str(error.value) == "`failure` is not on, off, failures or mentions. Did you mean `failures`?"


async def test_a_channel_hears_of_what_was_typed_in_it(asking: Asking) -> None:
    assert await asking("notify") == Notified("off", typed=False)
    assert await asking("notify failures") == NowNotified("failures", ANA)
    assert await asking("notify") == Notified("failures", typed=True)
    assert await asking.parts.world.memory.stores.of(Rules).all() == {"C1": "failures"}


async def test_what_keeps_fisk_from_seeing_builds_is_shown_by_notify_and_status(asking: Asking) -> None:
    failure = Failure("github_unauthorized", "GitHub refuses fisk's credentials.", "Put a valid token in X.")
    await Sight(asking.parts.state).lost(failure)
    told = cast("Notified", await asking("notify"))
    assert told.unseen is not None
    assert reply_text(replace(told, now=told.unseen.since + 7200), SLACK)[0] == (
        "This channel hears of no builds, as fisk.toml says.\n"
        "fisk has not seen builds for 2 h: GitHub refuses fisk's credentials. Put a valid token in X."
    )
    memory = (await status(asking)).memory
    assert not isinstance(memory, Unknown)
    assert memory.unseen == told.unseen


async def test_a_change_is_on_record(asking: Asking) -> None:
    await asking("notify on")
    (entry,) = await asking.parts.world.memory.audit.since(0)
    assert (entry.actor, entry.what, entry.outcome, entry.decided) == (
        ANA,
        "notify on",
        "done",
        "deployers: U1",
    )


async def test_everybody_may_look_but_not_change(asking: Asking) -> None:
    await asking("notify", policy=Policy())
    with pytest.raises(NotAllowed) as refusal:
        await asking("notify off", policy=Policy())
    assert str(refusal.value) == "You may look but not change notices: no role may builds."
    assert await asking.parts.world.memory.stores.of(Rules).all() == {}


@pytest.mark.parametrize("line", ["notify", "notify on"])
async def test_a_terminal_is_no_channel(asking: Asking, line: str) -> None:
    with pytest.raises(NoChannel):
        await asking(line, origin=Origin("terminal", "host"))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("all", "hears of every build"),
        ("failures", "hears of builds that fail or leave nothing to deploy"),
        ("mentions", "hears of builds whose author is listed under [people]"),
        ("off", "hears of no builds"),
    ],
)
def test_it_says_what_the_channel_hears(rule: Rule, text: str) -> None:
    turn = Offer("Turn on", "notify on") if rule == "off" else Offer("Turn off", "notify off")
    assert reply_text(Notified(rule, typed=False), SLACK) == (
        f"This channel {text}, as fisk.toml says.",
        (turn,),
    )
    typed = f"This channel {text}, set here with `/fisk notify`."
    assert reply_text(Notified(rule, typed=True), SLACK) == (typed, (turn,))
    assert reply_text(NowNotified(rule, ANA), SLACK) == (
        f"<@{ANA.id}> set that from now on this channel {text}.",
        (),
    )
