"""Octokit's published examples of GitHub's webhooks, sent to a whole bot."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import cache
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from pydantic import SecretStr

from bot.app.tables import ChannelSettings
from bot.app.webhooks import NEWS
from deploy.notices.store import Notices
from deploy.notices.watch import heard
from sandbox.clock import iso
from tests.bot.conversation import a_bot, settings
from tests.bot.endpoint import SECRET, signed
from tests.packages import installed

if TYPE_CHECKING:
    from bot.app.run import Bot
    from bot.app.settings import Settings
    from sandbox.slack import Slack

pytestmark = pytest.mark.node
REPOSITORY, BRANCH, WORKFLOW = "octo-org/octo-repo", "master", "test.yml"
OURS = ("workflow_run", "workflow_job", "push", "ping")
Example = tuple[str, dict[str, Any]]


@cache
def examples() -> tuple[Example, ...]:
    """Every payload with its event's name: GitHub's own, and those of its Enterprise Servers."""
    indexes = sorted(installed("@octokit/webhooks-examples").glob("*/index.json"))
    events = chain.from_iterable(json.loads(index.read_text()) for index in indexes)
    return tuple((event["name"], payload) for event in events for payload in event["examples"])


def runs() -> list[dict[str, Any]]:
    return [payload for event, payload in examples() if event == "workflow_run"]


def today(payload: dict[str, Any]) -> dict[str, Any]:
    """The same, as if a push had just started it: what another event starts is no news."""
    changed = {"updated_at": iso(time.time()), "event": "push"}
    return {**payload, "workflow_run": {**payload["workflow_run"], **changed}}


def following(slack: Slack, redis: str) -> Settings:
    """Settings of a bot that follows the repository of the examples."""
    plain = settings(slack, redis)
    target = replace(plain.targets["app"], workflow=WORKFLOW)
    return plain.model_copy(
        update={
            "github_repository": REPOSITORY,
            "github_branch": BRANCH,
            "github_webhook_secret": SecretStr(SECRET),
            "builds_seconds": 3600.0,
            "targets": {"app": target},
            "channels": ChannelSettings(builds={"C0DEPLOYS": "all"}),
        }
    )


@pytest.fixture
async def bot(slack: Slack, valkey_url: str) -> AsyncIterator[Bot]:
    async with a_bot(slack, following(slack, valkey_url)) as bot:
        yield bot


async def deliver(bot: Bot, payloads: list[Example]) -> list[tuple[int, str]]:
    """All of them, each under an id of its own: status and text of each answer."""
    url = f"http://{bot.parts.settings.bind}/github/webhook"
    answers = []
    async with aiohttp.ClientSession() as session:
        for number, (event, payload) in enumerate(payloads):
            body = json.dumps(payload).encode()
            headers = signed(body, event, f"octokit-{number}")
            async with session.post(url, data=BytesIO(body), headers=headers) as answer:
                answers.append((answer.status, await answer.text()))
    return answers


def test_there_are_examples_of_everything_that_fisk_may_meet() -> None:
    assert len(examples()) > 700
    assert {event for event, _ in examples()} > set(OURS)


def test_every_run_among_them_is_understood() -> None:
    for payload in runs():
        build = heard(payload)
        assert build.workflow == payload["workflow"]["path"].rpartition("/")[2]


async def test_all_pass_and_none_is_news_years_later(bot: Bot) -> None:
    answers = await deliver(bot, list(examples()))
    others = [
        (event, answer) for (event, _), answer in zip(examples(), answers, strict=True) if event != NEWS
    ]
    assert [answer for _, answer in others] == [
        (200, "pong" if event == "ping" else "ignored") for event, _ in others
    ]
    assert {status for status, _ in answers} <= {200, 202}
    await bot.finish()
    assert await bot.parts.outbox.empty()


async def test_what_happens_today_in_the_repository_is_noted_and_announced(bot: Bot, slack: Slack) -> None:
    payloads: list[Example] = [("workflow_run", today(payload)) for payload in runs()]
    assert {status for status, _ in await deliver(bot, payloads)} <= {200, 202}
    said = await slack.until(lambda: slack.find("#deploys", "Built"))
    build = await Notices(bot.parts.state).known(289782451)
    assert build is not None
    assert (build.status, build.conclusion, build.branch) == ("completed", "success", BRANCH)
    assert said is not None
    assert len(slack.messages("#deploys")) == 1
    assert "Its image is not checked" in said.text, "there is no registry at that address"
