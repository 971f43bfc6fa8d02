"""Steps as Slack's plan block, and as text where the workspace does not know it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bot.slack import live as lives, plan as plans
from bot.slack.budget import Budget, Priority
from bot.slack.live import Live
from bot.slack.plan import Plans
from bot.slack.speaker import Speaker
from bot.words.format import Format
from bot.words.links import Links
from bot.words.timeline import Timeline, fold
from deploy.core import errors
from deploy.core.events import Event, Finished, Progress, StepFailed, StepFinished, StepStarted
from deploy.core.model import Failure
from deploy.core.outcomes import Completed
from deploy.groups.arguments import GroupArguments
from deploy.kinds import KINDS
from sandbox.slack.blocks import problems
from tests.bot.conversation import seen
from tests.bot.slack.live_message import begun, impatient
from tests.deploy.conftest import an_operation

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from deploy.core.model import Operation
    from deploy.engine.journal import Journal
    from deploy.redis.connect import State
    from sandbox.slack import Slack

__all__ = ["impatient"]

SLACK = Format(slack=True)
OPERATION = replace(an_operation(), created=0.0)
EVENTS = (
    StepStarted("resolve", 1),
    StepFinished("resolve", 2, "by <!here>; see `/fisk status`"),
    StepStarted("point", 3),
)


def rich(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(parts)}]}


def text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def task(name: str, status: str, **said: dict[str, Any]) -> dict[str, Any]:
    return {"type": "task_card", "task_id": name, "title": name, "status": status, **said}


def drawn(timeline: Timeline, fmt: Format = SLACK) -> dict[str, Any]:
    """The plan without its id."""
    found = plans.plan(OPERATION, timeline, fmt)
    assert found is not None
    assert problems([found.to_dict()]) == []
    return {name: value for name, value in found.to_dict().items() if name != "block_id"}


def test_each_step_is_a_task_whose_note_is_no_markup() -> None:
    code = {"type": "text", "text": "/fisk status", "style": {"code": True}}
    timeline = fold([*EVENTS, Progress("point", 4, "asking Coolify")])
    assert drawn(timeline) == {
        "type": "plan",
        "title": "Step 2 of 6: point",
        "tasks": [
            task("resolve", "complete", details=rich(text("by <!here>; see "), code)),
            task("point", "in_progress", details=rich(text("asking Coolify"))),
            *(task(name, "pending") for name in ("gates", "trigger", "watch", "prove")),
        ],
    }


def test_what_has_a_page_is_a_link_to_it_in_a_step() -> None:
    page = "/project/p/environment/e/application/a/deployment/86sdcuaa2863ba91wdxccvwd"
    timeline = fold([StepStarted("trigger", 1), StepFinished("trigger", 2, f"deployment {page} of 3f2a1b9")])
    links = Links("https://github.com/o/r", "https://coolify.example.com")
    assert drawn(timeline, Format(slack=True, links=links))["tasks"][0]["details"] == rich(
        text("deployment "),
        {"type": "link", "url": f"https://coolify.example.com{page}", "text": "86sdcuaa"},
        text(" of "),
        {"type": "link", "url": "https://github.com/o/r/commit/3f2a1b9", "text": "3f2a1b9"},
    )


def test_a_failed_step_has_its_failure_as_output_and_nothing_is_to_come() -> None:
    failed = StepFailed("point", 62, Failure("x", "Coolify answers 500."))
    timeline = fold([*EVENTS, failed, Finished(62, Completed("it is over"))])
    assert drawn(timeline)["title"] == "2 steps in 1 min 2 s"
    assert drawn(timeline)["tasks"][1] == task("point", "error", output=rich(text("Coolify answers 500.")))


def group(*targets: str) -> Operation:
    return replace(
        OPERATION,
        kind="group",
        arguments=GroupArguments("release", tuple((name, "3f2a1b9") for name in targets)),
    )


def done(*steps: str) -> list[Event]:
    return [each for name in steps for each in (StepStarted(name, 1), StepFinished(name, 2, "x & y"))]


BOTH = group("workers", "app")


def tasks(timeline: Timeline, operation: Operation = BOTH) -> list[dict[str, Any]]:
    found = plans.plan(operation, timeline, SLACK)
    assert found is not None
    assert problems([found.to_dict()]) == []
    return list(found.to_dict()["tasks"])


def part(name: str, status: str, **said: str) -> dict[str, Any]:
    whole = {kind: rich(text(lines)) for kind, lines in said.items()}
    return task(f"{name}:", status, **whole) | {"title": name}


def test_a_group_has_a_task_for_each_target_with_a_line_for_each_step() -> None:
    begun = [
        *done("resolve", "workers: gates", "app: gates", "workers: point"),
        StepStarted("workers: watch", 3),
    ]
    timeline = fold([*begun, Progress("workers: watch", 4, "workers: 2 of 5 containers up")])
    gates = "✓ gates   x & y"
    assert tasks(timeline) == [
        task("resolve", "complete", details=rich(text("x & y"))),
        part("workers", "in_progress", details=f"{gates}\n✓ point   x & y\n● watch   2 of 5 containers up"),
        part("app", "pending", details=gates),
    ]
    found = plans.plan(BOTH, timeline, SLACK)
    assert found
    assert found.to_dict()["title"] == "Step 5 of 11: workers: watch"


def test_what_was_taken_back_stands_below_and_what_was_never_touched_is_not_complete() -> None:
    failure = StepFailed("b: prove", 5, Failure("x", "It is sick."))
    each = [f"a: {name}" for name in ("gates", "point", "trigger", "watch", "prove")]
    events = [
        *done(*each, "b: gates", "c: gates"),
        StepStarted("b: prove", 4),
        failure,
        *done("a back: put back"),
    ]
    assert [(it["title"], it["status"]) for it in tasks(fold(events), group("a", "b", "c"))] == [
        ("a", "complete"),
        ("b", "error"),
        ("c", "pending"),
        ("a back", "complete"),
    ]


def test_of_two_targets_at_once_each_says_what_goes_on_in_it() -> None:
    begun = [StepStarted("workers: watch", 1), StepStarted("app: watch", 2)]
    said = [Progress("app: watch", 3, "app: pulling"), Progress("workers: watch", 4, "workers: 2 of 5 up")]
    assert tasks(fold([*begun, *said]))[1:] == [
        part("workers", "in_progress", details="● watch   2 of 5 up"),
        part("app", "in_progress", details="● watch   pulling"),
    ]


def test_twenty_targets_are_within_slacks_limits() -> None:
    names = [f"target-{n}" for n in range(20)]
    steps = [f"{name}: {step.name}" for name in names for step in KINDS["group"].steps]
    assert len(tasks(fold(done("resolve", *steps)), group(*names))) == 21


def test_each_state_of_a_plan_has_an_id_of_its_own() -> None:
    ids = [
        found.block_id for count in (1, 2, 3) if (found := plans.plan(OPERATION, fold(EVENTS[:count]), SLACK))
    ]
    assert len(set(ids)) == 3


def test_the_end_comes_first_and_the_steps_below_it() -> None:
    timeline = fold([*EVENTS, Finished(62, Completed("it is over"))])
    content = lives.over(OPERATION, Completed("it is over"), SLACK, timeline)
    assert [block["type"] for block in content["blocks"]] == ["section", "plan", "actions"]  # type: ignore[attr-defined]
    plain = lives.over(OPERATION, Completed("it is over"), SLACK)
    assert [block["type"] for block in plain["blocks"]] == ["section", "actions"]  # type: ignore[attr-defined]


def test_no_message_is_over_slacks_limits_whatever_a_step_says() -> None:
    said = [
        each for n in range(60) for each in (StepStarted(f"s{n}", n), StepFinished(f"s{n}", n, "x" * 5000))
    ]
    content = lives.under_way(OPERATION, fold(said), 100, SLACK)
    assert problems(content["blocks"]) == []  # type: ignore[arg-type]


@pytest.fixture
def speaker(client: AsyncWebClient, state: State) -> Speaker:
    return Speaker(client, Budget(per_minute=60_000, burst=100), plans=Plans(state))


def kinds(blocks: tuple[dict[str, Any], ...]) -> list[str]:
    return [block["type"] for block in blocks]


def sent(slack: Slack) -> list[tuple[str, str]]:
    return [(call.method, call.error) for call in slack.workspace.calls]


async def test_the_live_message_has_a_plan_from_its_first_post_to_its_end(
    slack: Slack, speaker: Speaker, journal: Journal
) -> None:
    live = Live(speaker, journal, SLACK)
    operation, lease = await begun(journal)
    live.draws(operation)
    message = await seen(slack, "Deploying")
    await journal.emit(lease, StepStarted("watch", 2.0))
    await slack.until(lambda: "● watch" in message.text)
    assert [kinds(version.blocks) for version in message.versions] == [["section", "plan", "actions"]] * 2
    await journal.finish(lease, operation, Completed())
    await live.settled(operation.id)


async def test_where_plans_are_not_known_each_message_arrives_once_as_text(
    slack: Slack, speaker: Speaker, journal: Journal, client: AsyncWebClient, state: State
) -> None:
    """Slack is asked once; other replicas know it, too."""
    slack.workspace.knows_plans = False
    live = Live(speaker, journal, SLACK)
    operation, lease = await begun(journal)
    live.draws(operation)
    message = await seen(slack, "Deploying")
    await journal.emit(lease, StepStarted("watch", 2.0))
    await slack.until(lambda: "● watch" in message.text)
    assert slack.messages("#deploys") == [message]
    assert kinds(message.blocks) == ["section", "actions"]
    assert "● watch" in message.blocks[0]["text"]["text"]
    other = Speaker(client, Budget(), plans=Plans(state))
    end = lives.over(operation, Completed("it is over"), SLACK, fold(EVENTS))
    await other.edit("C0DEPLOYS", message.ts, end, Priority.FINAL)
    assert sent(slack) == [
        ("chat.postMessage", "invalid_blocks"),
        ("chat.postMessage", ""),
        ("chat.update", ""),
        ("chat.update", ""),
    ]
    await journal.finish(lease, operation, Completed())
    await live.settled(operation.id)


async def test_it_is_tried_again_after_a_day(slack: Slack, speaker: Speaker, state: State) -> None:
    slack.workspace.knows_plans = False
    content = lives.under_way(OPERATION, fold(EVENTS), 100, SLACK)
    await speaker.post("C0DEPLOYS", content)
    assert 86_000 < await state.ask("TTL", state.key("slack:no-plans")) <= plans.REMEMBERED
    slack.workspace.knows_plans = True
    await state.ask("DEL", state.key("slack:no-plans"))
    await speaker.post("C0DEPLOYS", content)
    assert ["plan" in kinds(message.blocks) for message in slack.messages("#deploys")] == [False, True]


async def test_an_edit_that_was_refused_with_its_plan_counts_twice(
    slack: Slack, client: AsyncWebClient
) -> None:
    spent: list[int] = []

    class Counting(Budget):
        def spend(self) -> None:
            spent.append(1)

    speaker = Speaker(client, Counting())
    content = lives.under_way(OPERATION, fold(EVENTS), 100, SLACK)
    place = await speaker.post("C0DEPLOYS", content)
    slack.workspace.knows_plans = False
    await speaker.update(*place, content)
    assert spent == [1]


async def test_what_slack_refuses_without_its_plan_too_says_nothing_about_plans(
    speaker: Speaker, state: State
) -> None:
    content = lives.under_way(OPERATION, fold(EVENTS), 100, SLACK)
    broken = {**content, "blocks": [{"type": "x"}], plans.PLAIN: {"text": "x", "blocks": [{"type": "x"}]}}
    with pytest.raises(errors.Rejected):
        await speaker.post("C0DEPLOYS", broken)
    assert await Plans(state).known()
