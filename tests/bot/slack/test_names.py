"""Names never turn into ids: who typed a line in a thread, and whom it mentions, have names wherever it is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.slack.answers import Way
from bot.slack.directory import SlackDirectory
from bot.slack.names import MOST, named
from bot.slack.typed_line import TypedLine
from commands import grammar
from commands.grammar.locks import Lock
from commands.grammar.typed import normalise
from deploy.access.access import Access, Rules
from deploy.access.people import People, Person
from deploy.core.actor import Actor, Origin
from deploy.kinds import KINDS

if TYPE_CHECKING:
    from bot.slack.speaker import Speaker
    from sandbox.slack import Slack

ANA, MARKO, NOBODY = "U024BE7LH", "U0MARKO01", "U0NOBODY9"
NOWHERE = Way("", "")


def typed(text: str, *, actor: Actor | None = None, written: bool = False) -> TypedLine:
    line, who = normalise(text), actor or Actor(ANA)
    return TypedLine(grammar.parse(text), line, who, Origin("slack"), NOWHERE, NOWHERE, written=written)


@pytest.fixture
def access(speaker: Speaker) -> Access:
    access = Access(Rules(people=People({"vera": Person(slack=NOBODY)})), KINDS)
    access.directory = SlackDirectory(speaker, frozenset)
    return access


async def test_who_typed_in_a_thread_and_whom_they_mention_have_their_names(access: Access) -> None:
    asked = await named(typed(f"lock app <@{MARKO}> measures, ask <@{MARKO}>"), access)
    assert (asked.actor, asked.line) == (Actor(ANA, "ana"), "lock app @marko measures, ask @marko")
    assert isinstance(asked.invocation, Lock)
    assert asked.invocation.reason == "@marko measures, ask @marko"


async def test_where_slack_says_no_name_the_settings_do(access: Access) -> None:
    assert (await named(typed(f"lock app ask <@{NOBODY}>"), access)).line == "lock app ask @vera"


@pytest.mark.parametrize(
    "line",
    [
        f"access check {MARKO} deploy app",
        "lock app ticket U0UNKNOWN1",
        "lock app UPPERCASE and U1",
        f"lock app mail a@{MARKO}",
    ],
)
async def test_what_goes_by_ids_and_what_is_nobodys_stays_as_it_is(access: Access, line: str) -> None:
    asked = typed(line)
    assert await named(asked, access) == replace(asked, actor=Actor(ANA, "ana"))


async def test_a_line_that_fisk_wrote_stays_as_it_is(access: Access) -> None:
    asked = typed(f"lock app ask {MARKO}", actor=Actor(ANA, "ana"), written=True)
    assert await named(asked, access) == asked


async def test_no_line_asks_slack_about_a_crowd(access: Access, slack: Slack) -> None:
    crowd = " ".join(f"U0CROWD{n:02}" for n in range(3 * MOST))
    await named(typed(f"lock app {crowd}", actor=Actor(ANA, "ana")), access)
    assert len([call for call in slack.workspace.calls if call.method == "users.info"]) == MOST
