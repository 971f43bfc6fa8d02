"""Block Kit's limits, each at its boundary."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.slack.blocks import STATUSES, problems, view_problems
from tests.sandbox.slack.calls import button, section


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def asking(title: str) -> dict[str, Any]:
    return {"title": plain(title), "text": plain("Sure?"), "confirm": plain("Yes"), "deny": plain("No")}


OUTPUT = "/blocks/0/tasks/0/output"


def plan(*tasks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "plan", "title": "x", "tasks": list(tasks)}


def task(name: str = "t", status: str = "pending", **more: Any) -> dict[str, Any]:
    return {"type": "task_card", "task_id": name, "title": "x", "status": status, **more}


def rich(*parts: str) -> dict[str, Any]:
    sections = [{"type": "rich_text_section", "elements": [{"type": "text", "text": p}]} for p in parts]
    return {"type": "rich_text", "elements": sections}


GOOD: list[tuple[str, list[dict[str, Any]]]] = [
    ("as many blocks as a message takes", [{"type": "divider"}] * 50),
    ("the longest section", [section("x" * 3000)]),
    ("as many fields as a section takes", [{"type": "section", "fields": [plain("x" * 2000)] * 10}]),
    ("as many elements as an actions block takes", [actions(*(button("x", f"a{n}") for n in range(25)))]),
    ("the longest header", [{"type": "header", "text": plain("x" * 150)}]),
    ("the longest button", [actions(button("x" * 75, "a" * 255, value="v" * 2000, style="danger"))]),
    ("as many tasks as a plan takes", [plan(*(task(f"t{n}") for n in range(50)))]),
    ("a task in each state", [plan(*(task(s, s) for s in STATUSES))]),
    ("what a task says", [plan(task(details=rich("x"), output=rich("y")))]),
    ("a task without a plan", [task()]),
    ("a dialog", [actions(button("x", "a", confirm=asking("x" * 100)))]),
]


@pytest.mark.parametrize("blocks", [blocks for _, blocks in GOOD], ids=[name for name, _ in GOOD])
def test_what_slack_takes_is_taken(blocks: list[dict[str, Any]]) -> None:
    assert problems(blocks) == []


@pytest.mark.parametrize(
    ("blocks", "problem"),
    [
        (
            [plan(*(task(f"t{n}") for n in range(51)))],
            "[ERROR] no more than 50 items allowed [json-pointer:/blocks/0/tasks]",
        ),
        (
            [plan(task(status="completed"))],
            f"[ERROR] must be one of: {', '.join(STATUSES)} [json-pointer:/blocks/0/tasks/0/status]",
        ),
        ([plan(task(""))], "[ERROR] missing required field: task_id [json-pointer:/blocks/0/tasks/0]"),
        ([plan(task(), task())], "[ERROR] `task_id` t already exists [json-pointer:/blocks/0/tasks]"),
        ([plan(), task()], "[ERROR] plan and task_card cannot be used together [json-pointer:/blocks]"),
        ([{"type": "plan"}], "[ERROR] missing required field: title [json-pointer:/blocks/0]"),
        (
            [plan(task(details={"type": "mrkdwn", "text": "x"}))],
            "[ERROR] unsupported type: mrkdwn [json-pointer:/blocks/0/tasks/0/details/type]",
        ),
        (
            [plan(task(output=rich("x", "y")))],
            f"[ERROR] no more than 1 items allowed [json-pointer:{OUTPUT}/elements]",
        ),
        (
            [plan(task(output=rich("")))],
            f"[ERROR] must be more than 0 characters [json-pointer:{OUTPUT}/elements/0/elements]",
        ),
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


def test_a_workspace_that_knows_no_plans() -> None:
    unknown = "[ERROR] unsupported type: plan [json-pointer:/blocks/1/type]"
    assert problems([section("x"), plan(task())], plans=False) == [unknown]
