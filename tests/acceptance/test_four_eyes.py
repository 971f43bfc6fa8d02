"""Four eyes in Slack: the question, who may press, what is told to whom."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from sandbox.bot import READ_AGAIN
from tests.acceptance.show import Show

if TYPE_CHECKING:
    from sandbox.slack.message import Message

DEPLOY = "deploy 3f2a1b9"


@pytest.fixture
async def guarded() -> AsyncIterator[Show]:
    """The app wants another person's approval."""
    async with Show(approvals=True) as show:
        yield show


async def _question(show: Show) -> Message:
    await show.type(DEPLOY)
    return await show.said("wants to deploy 3f2a1b9 to app")


async def test_the_question_says_what_would_be_done_and_who_may_press(guarded: Show) -> None:
    question = await _question(guarded)
    first, second, *rest = guarded.slack.reading(question).splitlines()
    assert first == (
        "@ana wants to deploy 3f2a1b9 to app (3 commits, replaces a4c9e1f, all gates pass), asked in #deploys."
    )
    assert second.startswith("Another person must approve it until ")
    assert second.endswith(": @marko or anybody at a terminal.")
    assert rest == ["[Approve]  [Reject]  [Show the plan]  [Take it back]"]
    assert (guarded.deploys, len(guarded.posts())) == (0, 1)


async def test_another_person_approves_and_both_stand_under_the_outcome(guarded: Show) -> None:
    question = await _question(guarded)
    told = await guarded.pressed(question, "Approve", "marko")
    assert guarded.slack.reading(told).startswith("You approved a-")
    done = await guarded.said("app runs 3f2a1b9: deployed")
    assert "· @ana · approved by @marko" in guarded.slack.reading(done)
    await guarded.said("app: approved by @marko.")
    assert guarded.runs == "3f2a1b9"
    assert "approved by @marko" in await guarded.ask("history", "ivo")


async def test_whoever_asked_does_not_approve(guarded: Show) -> None:
    question = await _question(guarded)
    told = guarded.slack.reading(await guarded.pressed(question, "Approve", "ana"))
    assert told.startswith("ana asked for this, and ana may be the same person: somebody else approves it.")
    told = guarded.slack.reading(await guarded.pressed(question, "Approve", "ivo"))
    assert told.startswith("You may not approve for app: approve is for role team.")
    assert guarded.deploys == 0


async def test_a_rejection_ends_it_and_its_buttons_are_gone(guarded: Show) -> None:
    question = await _question(guarded)
    await guarded.press(question, "Reject", "marko")
    ended = await guarded.said("app: not started: marko rejected it.")
    assert "[Approve]" not in guarded.slack.reading(ended)
    assert ended.ts == question.ts
    assert guarded.deploys == 0


async def test_the_gates_are_shown_to_whoever_wants_to_see_them(guarded: Show) -> None:
    question = await _question(guarded)
    told = await guarded.pressed(question, "Show the plan", "marko")
    assert "Would deploy 3f2a1b9" in guarded.slack.reading(told)


async def test_the_way_back_needs_nobody(guarded: Show) -> None:
    question = await _question(guarded)
    await guarded.press(question, "Approve", "marko")
    await guarded.said("app runs 3f2a1b9: deployed")
    await guarded.type("rollback app")
    await guarded.said("app runs a4c9e1f again: rolled back")


async def test_breaking_the_glass_tells_everybody_at_once_and_stays_marked(guarded: Show) -> None:
    await guarded.type("lock app nobody touches it", "marko")
    await guarded.type(f"{DEPLOY} --break-glass 'VAT is wrong, all asleep'")
    done = await guarded.said("app runs 3f2a1b9: deployed")
    assert "broke the glass: VAT is wrong, all asleep" in guarded.slack.reading(done)
    alarm = "Break-glass: @ana is deploying 3f2a1b9 to app, past approvals, freezes and holds: VAT is wrong"
    await guarded.until(lambda: guarded.slack.find("#inc-vat-rounding", alarm))
    await guarded.until(lambda: guarded.slack.find("U0MARKO01", alarm))
    assert guarded.runs == "3f2a1b9"


async def _with_rules(show: Show, more: str) -> None:
    """Edit fisk.toml, and have the bot read it."""
    (bot,) = show.bots
    config = show.folder / "fisk.toml"
    config.write_text(config.read_text() + more)
    await bot.read_rules_again()


async def test_a_terminal_asks_in_the_channel_for_announcements_and_goes_on_by_itself() -> None:
    async with Show(approvals=True, announce="C0DEPLOYS") as show:
        process = await show.at_terminal("deploy", "3f2a1b9")
        question = await show.said("wants to deploy 3f2a1b9 to app")
        assert ", asked at a terminal on " in show.slack.reading(question)
        told = show.slack.reading(await show.pressed(question, "Approve", "marko"))
        assert "may be the same person: somebody else approves it." in told
        mine = f'[people.ana]\nslack = "U024BE7LH"\nterminal = ["{getpass.getuser()}"]\n'
        await _with_rules(show, f'\n{mine}[people.marko]\nslack = "U0MARKO01"\n')
        await show.press(question, "Approve", "marko")
        out, _ = await process.communicate()
        assert process.returncode == 0
        assert "They press in Slack, or type: fisk approve a-" in out.decode()
        assert "✓ approval   by marko" in out.decode()
        assert "app runs 3f2a1b9: deployed" in out.decode()
        assert show.runs == "3f2a1b9"


async def test_rules_are_read_again_and_a_file_that_does_not_parse_keeps_the_old_ones(guarded: Show) -> None:
    await _with_rules(guarded, '\n[access.roles.ivo]\nmembers = ["U0IVO0001"]\nmay = ["locks"]\n')
    assert "may type `lock app why` here: ivo: U0IVO0001" in await guarded.ask(
        "access check @ivo lock app why"
    )
    config, (bot,) = guarded.folder / "fisk.toml", guarded.bots
    config.write_text(f"{config.read_text()}[access.roles.ivo")
    await guarded.until(lambda: "the rules stay as they were" in bot.log.read_text())
    told = await guarded.ask("access check @ivo lock app why")
    assert "may type `lock app why` here: ivo: U0IVO0001" in told
    assert "These rules are older than fisk.toml, which fisk does not take: " in told


async def test_a_terminals_own_rules_decide_nothing_for_a_bot() -> None:
    async with Show() as show:
        config, other = show.folder / "fisk.toml", show.folder / "mine.toml"
        other.write_text(config.read_text())
        config.write_text(config.read_text().replace('"cli:*"', '"cli:nobody-else"'))
        (bot,) = show.bots
        await show.until(lambda: READ_AGAIN in bot.log.read_text())
        ended = await show.terminal("deploy", "3f2a1b9", FISK_CONFIG=str(other))
        assert ended.status == 3
        assert "may not deploy: deploy is for role team." in ended.out
        assert show.deploys == 0
