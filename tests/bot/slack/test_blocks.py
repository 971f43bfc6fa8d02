"""Text and offers as Slack's blocks, within Slack's limits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from bot.slack import blocks
from deploy.core.model import Dialog, Offer
from sandbox.slack.blocks import problems

GO = Offer("Deploy", "deploy 3f2a1b9")
ASKS = Dialog("app runs 9c41d07. Go back to a4c9e1f?", "Roll back to a4c9e1f", "Keep 9c41d07")
DANGER = Offer("Roll back", "rollback app a4c9e1f", danger=True, asks=ASKS)
labels = st.text(min_size=1, max_size=400).filter(str.strip)
dialogs = st.none() | st.builds(Dialog, labels, labels, labels)
offers = st.lists(st.builds(Offer, labels, labels, st.booleans(), dialogs), max_size=8)


def test_a_message_is_a_section_and_its_buttons() -> None:
    assert blocks.message("Built it.", (GO,)) == {
        "text": "Built it.",
        "blocks": [
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": "Built it.", "verbatim": True},
                "expand": True,
            },
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "action_id": "run:0",
                        "text": {"type": "plain_text", "text": "Deploy"},
                        "value": "deploy 3f2a1b9",
                    }
                ],
            },
        ],
    }


def test_what_is_dangerous_asks_and_both_answers_say_what_they_do() -> None:
    (_, actions) = blocks.message("Deployed.", (DANGER,))["blocks"]
    (button,) = actions["elements"]
    assert button["style"] == "danger"
    assert button["confirm"] == {
        "title": {"type": "plain_text", "text": "Roll back?"},
        "text": {"type": "plain_text", "text": "app runs 9c41d07. Go back to a4c9e1f?"},
        "confirm": {"type": "plain_text", "text": "Roll back to a4c9e1f"},
        "deny": {"type": "plain_text", "text": "Keep 9c41d07"},
        "style": "danger",
    }


def test_what_does_no_harm_may_ask_too() -> None:
    (_, actions) = blocks.message("Built.", (replace(DANGER, danger=False),))["blocks"]
    (button,) = actions["elements"]
    assert ("style" in button, button["confirm"]["style"]) == (False, "primary")


def test_a_question_has_both_answers_and_does_not_ask_again() -> None:
    (_, actions) = blocks.message("Sure?", (DANGER,), keep="Keep 9c41d07")["blocks"]
    yes, no = actions["elements"]
    assert (yes["action_id"], "confirm" in yes) == (blocks.CONFIRM, False)
    assert no == {
        "type": "button",
        "action_id": blocks.KEEP,
        "text": {"type": "plain_text", "text": "Keep 9c41d07"},
    }


def test_a_line_that_is_too_long_for_a_button_has_none() -> None:
    long = Offer("Rerun 200 builds", f"build rerun {' '.join(['1234567890'] * 200)}")
    (_, actions) = blocks.message("Restarted it.", (long, GO))["blocks"]
    assert [each["value"] for each in actions["elements"]] == ["deploy 3f2a1b9"]


def test_a_long_text_is_cut_at_the_ends_of_lines() -> None:
    line = "x" * 1000
    sections = blocks.message("\n".join([line] * 5))["blocks"]
    assert [each["text"]["text"] for each in sections] == [f"{line}\n{line}", f"{line}\n{line}", line]


def test_a_line_longer_than_a_section_is_cut_hard() -> None:
    sections = blocks.message("y" * 6000)["blocks"]
    assert "".join(each["text"]["text"] for each in sections) == "y" * 6000


@pytest.mark.parametrize("rest", range(12))
def test_a_block_of_code_ends_where_it_ends_however_little_room_is_left(rest: int) -> None:
    line = "x" * (blocks.ROOM - rest)
    sections = blocks.message(f"```\n{line}\n```\nAfter it.")["blocks"]
    parts = [each["text"]["text"] for each in sections]
    assert [part.replace("```", "") for part in parts if "x" in part] == [f"\n{line}\n"]
    assert [part.count("```") for part in parts] == [2, 0]
    assert parts[-1] == "After it."
    assert max(map(len, parts)) <= blocks.SECTION


@given(st.text(), offers, st.text())
def test_slack_takes_every_message(text: str, offered: list[Offer], keep: str) -> None:
    content = blocks.message(text, offered, keep=keep)
    assert problems(content["blocks"]) == []
    assert len(content["text"]) <= 40_000


@given(st.lists(st.text(st.characters(codec="ascii"), max_size=6000), max_size=30))
def test_slack_takes_long_messages(lines: list[str]) -> None:
    assert problems(blocks.message("\n".join(lines))["blocks"]) == []


def test_a_dangerous_button_of_an_earlier_fisk_reads_out_its_line_without_what_it_knows_of_its_moment() -> (
    None
):
    offer = Offer("Roll back", "rollback app a4c9e1f --when-ran 3f2a1b9", danger=True)
    (_, actions) = blocks.message("x", (offer,))["blocks"]
    (button,) = actions["elements"]
    assert (button["value"], button["confirm"]["text"]["text"]) == (
        "rollback app a4c9e1f --when-ran 3f2a1b9",
        "This runs: rollback app a4c9e1f",
    )
