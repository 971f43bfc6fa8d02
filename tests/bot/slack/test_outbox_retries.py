"""Announcements that Slack does not take at once, and those that come twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from deploy.core.model import Done, Origin
from deploy.core.outcomes import Completed
from deploy.engine.outbox import Outbox
from deploy.redis import codec
from tests.bot.slack.announcing import INCIDENTS, announcing, crossed_off, ended, impatient, metrics, outcomes
from tests.waiting import until

if TYPE_CHECKING:
    from bot.app.metrics import Metrics
    from bot.slack.outbox_worker import Announcer
    from deploy.engine.journal import Journal
    from deploy.redis.connect import State
    from sandbox.slack import Slack

__all__ = ["announcing", "impatient", "metrics"]


async def test_the_outcome_is_shown_when_slack_is_back(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    slack.go_down()
    await ended(journal)
    announcing()
    await until(lambda: slack.faults.queued[0].times <= 10**9 - 3)  # it was tried in vain
    slack.come_back()
    await crossed_off(state)
    assert len(outcomes(slack)) == 1


@pytest.mark.parametrize("code", ["internal_error", "ratelimited", "service_unavailable", "invalid_auth"])
async def test_what_slack_does_not_take_now_is_tried_again(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer], code: str
) -> None:
    status, headers = (429, {"Retry-After": "0"}) if code == "ratelimited" else (200, {})
    body = f'{{"ok": false, "error": "{code}"}}'
    slack.faults.queue("* /api/chat.postMessage", status=status, headers=headers, body=body, times=2)
    await ended(journal)
    announcing()
    await crossed_off(state)
    assert len(outcomes(slack)) == 1


async def test_what_slack_will_never_take_is_given_up_and_the_next_is_told(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    never, tries = '{"ok": false, "error": "invalid_blocks"}', 2  # with and without its plan
    slack.faults.queue("* /api/chat.postMessage", status=200, body=never, times=tries)
    await ended(journal)
    announcing()
    await crossed_off(state)
    await ended(journal)
    await crossed_off(state)
    assert len(outcomes(slack)) == 1


async def test_every_outcome_is_heard_in_the_channel_that_asked_for_it_once(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer], metrics: Metrics
) -> None:
    await ended(journal, origin=Origin("terminal", "host"))
    await ended(journal, origin=Origin("slack", INCIDENTS))
    announcing(announce=INCIDENTS)
    await crossed_off(state)
    assert len(outcomes(slack, "#incidents")) == 2
    assert (
        'fisk_operations_total{kind="deploy",outcome="failed",status="failed"} 2.0' in metrics.text().decode()
    )


async def test_a_letter_that_comes_twice_is_told_once(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    operation = await ended(journal, origin=Origin("slack", "C0DEPLOYS"))
    await state.ask("XADD", state.key("outbox"), "*", "operation", operation.id)
    announcing(announce=INCIDENTS)
    await crossed_off(state)
    assert (len(outcomes(slack)), len(outcomes(slack, "#incidents"))) == (1, 1)


async def test_a_letter_about_an_operation_that_is_forgotten_is_crossed_off(
    state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    await ended(journal, Completed(), Origin("terminal", "host"))
    await state.ask("XADD", state.key("outbox"), "*", "operation", "d-forgotten")
    announcer = announcing()
    await crossed_off(state)
    async with asyncio.timeout(20):
        await announcer.idle()


async def test_a_message_that_meets_a_fault_keeps_no_other_from_being_told(
    slack: Slack, state: State, journal: Journal, announcing: Callable[..., Announcer]
) -> None:
    async def faulty(_: str) -> None:
        raise RuntimeError

    await Outbox(state).post("faulty", "about")
    await ended(journal)
    announcing().tells("faulty", faulty)
    await crossed_off(state)
    assert len(outcomes(slack)) == 1


@pytest.mark.parametrize("knows_the_kind", [True, False])
async def test_what_this_fisk_does_not_understand_waits_for_another_one_that_does(
    slack: Slack,
    state: State,
    journal: Journal,
    announcing: Callable[..., Announcer],
    *,
    knows_the_kind: bool,
) -> None:
    async def misreads(about: str) -> None:
        codec.load(Done, about)

    async def reads(about: str) -> None:
        told.append(about)

    told: list[str] = []
    await Outbox(state).post("news", "in another form")
    await ended(journal)
    old = announcing(consumer="old", again_after=0.05)
    if knows_the_kind:
        old.tells("news", misreads)
    await crossed_off(state, left=1)
    await old.idle()
    assert (len(outcomes(slack)), told) == (1, [])
    announcing(consumer="new", again_after=0.05).tells("news", reads)
    await crossed_off(state)
    assert told == ["in another form"]


async def test_each_line_of_the_log_names_the_operation_and_who_asked_for_it(
    slack: Slack,
    state: State,
    journal: Journal,
    announcing: Callable[..., Announcer],
    caplog: pytest.LogCaptureFixture,
) -> None:
    slack.faults.queue("* /api/chat.postMessage", status=500, body="", times=1)
    operation = await ended(journal)
    announcing()
    await crossed_off(state)
    facts = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    waits = [each for each in facts if each["event"] == "announcement waits"]
    assert {(each["operation"], each["actor"]) for each in waits} == {(operation.id, operation.actor.id)}
