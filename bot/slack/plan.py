"""An operation's steps as Slack's plan block, and whether the workspace knows it.

A message with a plan carries under PLAIN what is sent where it does not.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from slack_sdk.models.blocks import PlanBlock, TaskCardBlock

from bot.words.progress import TO_COME, lines_of, note_of, parts, plan_title
from deploy.access.arguments import ApprovalArguments
from deploy.core import errors
from deploy.core.log import logger
from deploy.core.parts import part_of
from deploy.core.units import cut
from deploy.kinds import KINDS

if TYPE_CHECKING:
    from bot.words.format import Format
    from bot.words.links import Links
    from bot.words.timeline import StepView, Timeline
    from deploy.core.model import Operation
    from deploy.redis.connect import State

PLAIN = "plain"
NOT_KNOWN = "invalid_blocks"  # what Slack answers where it does not know a block
TASKS = 50  # in a plan
LONGEST = 1000  # characters that a step says of itself
REMEMBERED = 86_400  # seconds; workspaces get new blocks without a word
STATUS: Mapping[str, str] = {"failed": "error", "under way": "in_progress", "done": "complete"}  # worst first
CODE = re.compile(r"`([^`\n]+)`")

log = logger()


def plan(operation: Operation, timeline: Timeline, fmt: Format) -> PlanBlock | None:
    """The steps so far and those to come; None where there are none, as of a question to other people."""
    if isinstance(operation.arguments, ApprovalArguments):
        return None
    tasks = list(_tasks(operation, timeline, fmt))
    if not tasks:
        return None
    drawn = PlanBlock(title=plan_title(operation, timeline), tasks=tasks[:TASKS])
    drawn.block_id = _id(drawn)
    return drawn


def _tasks(operation: Operation, timeline: Timeline, fmt: Format) -> Iterator[TaskCardBlock]:
    """One for each step of the whole story, and one for each of its parts."""
    for step in timeline.shown(KINDS.get(operation.kind)):
        if not part_of(step.name):
            yield _task(step, timeline, fmt)
    for name in timeline.to_come(KINDS.planned(operation)):
        if not part_of(name):
            yield TaskCardBlock(task_id=name, title=name, status="pending")
    for part in parts(operation, timeline)[1:]:
        yield _task_of(part, operation, timeline, fmt)


def _task(step: StepView, timeline: Timeline, fmt: Format) -> TaskCardBlock:
    said = _said(fmt.plain(note_of(step, timeline)), fmt)
    failed = step.state == "failed"
    return TaskCardBlock(
        task_id=step.name,
        title=step.name,
        status=STATUS[step.state],
        details=None if failed else said,
        output=said if failed else None,
    )


def _task_of(part: str, operation: Operation, timeline: Timeline, fmt: Format) -> TaskCardBlock:
    """A line for each step of the part that has begun."""
    begun = [line for line in lines_of(part, operation, timeline) if line[0] != TO_COME]
    return TaskCardBlock(
        task_id=f"{part}:",  # no step is called so
        title=part,
        status=_status(part, operation, timeline),
        details=_said("\n".join(map(fmt.plain, begun)), fmt),
    )


def _status(part: str, operation: Operation, timeline: Timeline) -> str:
    """A part whose gates have passed is not complete: it has steps that have not begun."""
    states = {step.state for step in timeline.steps if part_of(step.name) == part}
    begun = next((says for state, says in STATUS.items() if state in states), "pending")
    planned = [name for name in KINDS.planned(operation) if part_of(name) == part]
    return "pending" if begun == STATUS["done"] and timeline.not_begun(planned) else begun


def _said(text: str, fmt: Format) -> dict[str, Any] | None:
    return _rich(cut(text, LONGEST), fmt.links)


def _rich(text: str, links: Links) -> dict[str, Any] | None:
    """Text as `rich_text`, in which nothing is markup or a mention: what is between backticks is code, and what has a
    page a link to it.
    """
    parts = [_element(part, page) for part, page in links.parts(text) if part]
    section = {"type": "rich_text_section", "elements": parts}
    return {"type": "rich_text", "elements": [section]} if parts else None


def _element(part: str, page: str) -> dict[str, Any]:
    if page:
        return {"type": "link", "url": page, "text": part}
    code = CODE.fullmatch(part)
    return (
        {"type": "text", "text": code[1], "style": {"code": True}} if code else {"type": "text", "text": part}
    )


def _id(drawn: PlanBlock) -> str:
    """Another one for each state of the plan, as Slack wants at each edit."""
    return f"plan-{hashlib.sha256(repr(drawn.to_dict()).encode()).hexdigest()[:16]}"


def planned(content: dict[str, Any], drawn: PlanBlock | None, plain: dict[str, Any]) -> dict[str, Any]:
    """A message with its plan above the buttons; `plain` is the whole message without it, whose text it has."""
    if drawn is None:
        return plain
    blocks = list(content["blocks"])
    buttons = [blocks.pop()] if blocks[-1]["type"] == "actions" else []
    return {"text": plain["text"], "blocks": [*blocks, drawn.to_dict(), *buttons], PLAIN: plain}


def content_and_plain(content: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What is sent of a message, and what is sent instead where no plans are known; None: it has none."""
    return {name: value for name, value in content.items() if name != PLAIN}, content.get(PLAIN)


class Plans:
    """Whether the workspace knows plans, for all replicas. A memory that does not answer changes nothing."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._key = state.key("slack:no-plans")

    async def known(self) -> bool:
        """False for a day after Slack refused one."""
        with suppress(errors.StateUnavailable):
            return not await self._state.ask("EXISTS", self._key)
        return True

    async def refused(self) -> None:
        """Remember that Slack took a message only without its plan."""
        log.warning("this workspace knows no plan blocks: steps are sent as text", seconds=REMEMBERED)
        with suppress(errors.StateUnavailable):
            await self._state.ask("SET", self._key, "1", "EX", REMEMBERED)
