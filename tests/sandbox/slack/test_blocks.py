"""Block Kit's limits, each at its boundary."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.slack.blocks import problems, view_problems
from tests.sandbox.slack.calls import button, section


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def asking(title: str) -> dict[str, Any]:
    return {"title": plain(title), "text": plain("Sure?"), "confirm": plain("Yes"), "deny": plain("No")}


GOOD: list[tuple[str, list[dict[str, Any]]]] = [
    ("as many blocks as a message takes", [{"type": "divider"}] * 50),
    ("the longest section", [section("x" * 3000)]),
    ("as many fields as a section takes", [{"type": "section", "fields": [plain("x" * 2000)] * 10}]),
    ("as many elements as an actions block takes", [actions(*(button("x", f"a{n}") for n in range(25)))]),
    ("the longest header", [{"type": "header", "text": plain("x" * 150)}]),
    ("the longest button", [actions(button("x" * 75, "a" * 255, value="v" * 2000, style="danger"))]),
    ("a dialog", [actions(button("x", "a", confirm=asking("x" * 100)))]),
]


@pytest.mark.parametrize("blocks", [blocks for _, blocks in GOOD], ids=[name for name, _ in GOOD])
def test_what_slack_takes_is_taken(blocks: list[dict[str, Any]]) -> None:
    assert problems(blocks) == []


@pytest.mark.parametrize(
    ("blocks", "problem"),
    [
        ([{"type": "divider"}] * 51, "[ERROR] no more than 50 items allowed [json-pointer:/blocks]"),
        (
            [section("x" * 3001)],
            "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        ),
        ([section("")], "[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
        ([{"type": "section"}], "[ERROR] missing required field: text or fields [json-pointer:/blocks/0]"),
        (
            [{"type": "section", "fields": [plain("x")] * 11}],
            "[ERROR] no more than 10 items allowed [json-pointer:/blocks/0/fields]",
        ),
        (
            [{"type": "section", "fields": [plain("x" * 2001)]}],
            "[ERROR] must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
        ),
        (
            [actions(*(button("x", f"a{n}") for n in range(26)))],
            "[ERROR] no more than 25 items allowed [json-pointer:/blocks/0/elements]",
        ),
        ([actions()], "[ERROR] no fewer than 1 items allowed [json-pointer:/blocks/0/elements]"),
        (
            [actions(button("x", "a"), button("y", "a"))],
            "[ERROR] `action_id` a already exists [json-pointer:/blocks/0/elements]",
        ),
        (
            [{"type": "header", "text": plain("x" * 151)}],
            "[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            [actions(button("x", "a", value="v" * 2001))],
            "[ERROR] must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
        ),
        (
            [actions(button("x", "a" * 256))],
            "[ERROR] must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
        ),
        (
            [actions(button("x", "a", style="warning"))],
            "[ERROR] must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
        ),
        (
            [actions(button("x", "a", confirm=asking("x" * 101)))],
            "[ERROR] must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]",
        ),
        (
            [{"type": "divider", "text": "x"}],
            "[ERROR] invalid additional property: text [json-pointer:/blocks/0]",
        ),
        ([{"type": "banner"}], "[ERROR] unsupported type: banner [json-pointer:/blocks/0/type]"),
        (
            [{"type": "divider", "block_id": "b"}] * 2,
            "[ERROR] `block_id` b already exists [json-pointer:/blocks]",
        ),
    ],
)
def test_what_slack_refuses_is_pointed_at(blocks: list[dict[str, Any]], problem: str) -> None:
    assert problems(blocks) == [problem]


def test_a_modal_has_limits_of_its_own() -> None:
    modal = {
        "type": "modal",
        "title": plain("x" * 25),
        "private_metadata": "x" * 3001,
        "blocks": [{"type": "divider"}] * 101,
    }
    assert view_problems(modal, "modal") == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]",
        "[ERROR] must be less than 3001 characters [json-pointer:/view/private_metadata]",
        "[ERROR] no more than 100 items allowed [json-pointer:/blocks]",
    ]
