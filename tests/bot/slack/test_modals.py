"""Forms over signed HTTP: what Slack sends and gets, with faults between."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest

from bot.slack.identify import Place
from bot.slack.manifest import manifest
from bot.slack.modals.form import Choice, Choices
from bot.slack.modals.forms import FORMS, form_of
from bot.slack.modals.view import read, view
from bot.words.format import Format
from deploy.core.ask import Unknown
from sandbox.slack import blocks as block_kit, payloads
from tests.bot.conversation import a_bot, seen, settings
from tests.bot.outage import away

if TYPE_CHECKING:
    from bot.app.run import Bot
    from bot.slack.modals.form import Form
    from sandbox.slack import Slack

SLACK = Format(slack=True)
LONG = Choice("x" * 100, "<!channel> & " * 40, "by somebody " * 20)


@pytest.fixture
async def bot(slack: Slack, valkey_url: str) -> AsyncIterator[Bot]:
    """A bot over signed HTTP with exactly what its own manifest lets it do."""
    mine = settings(slack, valkey_url, http=True)
    slack.api.scopes = frozenset(manifest(mine)["oauth_config"]["scopes"]["bot"])
    async with a_bot(slack, mine) as bot:
        slack.request_url = f"http://{mine.bind}/slack/events"
        yield bot


async def opened(slack: Slack, line: str = "lock", user: str = "ana") -> dict[str, Any]:
    assert (await slack.command(user, "#deploys", "/fisk", line)).body is None
    await slack.until(lambda: slack.workspace.views.modals.get(slack.workspace.user(user).id))
    return slack.modal(user).content


@pytest.mark.usefixtures("bot")
async def test_a_form_says_where_its_answer_goes_and_nothing_else(slack: Slack) -> None:
    content = await opened(slack)
    assert json.loads(content["private_metadata"]) == {"channel": "C0DEPLOYS", "thread": ""}
    assert slack.bot_token not in json.dumps(content)


@pytest.mark.usefixtures("bot")
async def test_what_is_submitted_is_judged_by_who_submits_it(slack: Slack) -> None:
    await opened(slack)
    await slack.fill("ana", reason="mine")
    ivo, shown = slack.workspace.user("ivo"), slack.modal("ana").as_slack()
    receipt = await slack.inbound._courier.deliver("interactive", payloads.view_submission(ivo, shown, "1.1"))
    assert receipt.body is None
    await slack.until(lambda: slack.messages("#deploys", "ivo"))
    (told,) = slack.messages("#deploys", "ivo")
    assert slack.reading(told).startswith("@ivo: `/fisk lock app mine`\nYou may look but not lock")


@pytest.mark.usefixtures("bot")
async def test_somebody_of_another_workspace_is_told_so_in_the_form(slack: Slack) -> None:
    await opened(slack)
    await slack.fill("ana", reason="mine")
    otto, shown = slack.workspace.user("otto"), slack.modal("ana").as_slack()
    receipt = await slack.inbound._courier.deliver(
        "interactive", payloads.view_submission(otto, shown, "1.1")
    )
    (told,) = (receipt.body or {})["errors"].values()
    assert "they are not of this workspace" in told


@pytest.mark.usefixtures("bot")
async def test_a_form_of_a_version_that_has_others_is_acknowledged(slack: Slack) -> None:
    await opened(slack)
    shown = slack.modal("ana").as_slack() | {"callback_id": "form:teleport"}
    payload = payloads.view_submission(slack.workspace.user("ana"), shown, "1.1")
    assert (await slack.inbound._courier.deliver("interactive", payload)).acked


async def test_what_fisks_memory_does_not_take_is_said_in_the_form(
    slack: Slack, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is not acknowledged as done, and can be submitted again."""
    await opened(slack)
    await slack.fill("ana", reason="mine")
    away(monkeypatch, bot._inbox._inbox, "put", times=1)
    (told,) = ((await slack.submit("ana")).body or {})["errors"].values()
    assert "the memory" in told
    assert (await slack.submit("ana")).body is None
    await seen(slack, "holds app: mine")


async def test_two_changes_at_once_end_in_the_newest(slack: Slack, bot: Bot) -> None:
    await opened(slack)
    view_, ana = slack.modal("ana"), slack.workspace.user("ana")
    block = view_.content["blocks"][0]
    view_.fill({"reason": {"reason": {"type": "plain_text_input", "value": "first"}}})
    first = payloads.view_action(ana, view_.as_slack(), {"action_id": "reason"}, "1.1")
    view_.fill({"reason": {"reason": {"type": "plain_text_input", "value": "second"}}})
    second = payloads.view_action(ana, view_.as_slack(), {"action_id": "reason"}, "1.2")
    assert block["element"]["action_id"] == "target"
    for payload in (first, second):
        assert (await slack.inbound._courier.deliver("interactive", payload)).acked
    await bot.finish()
    assert slack.modal("ana").content["blocks"][-1]["text"]["text"] == "Runs `/fisk lock app second`"


async def test_in_a_thread_a_bare_verb_is_answered_as_a_line(slack: Slack, bot: Bot) -> None:
    await slack.mention("ana", "#deploys", "deploy")
    await seen(slack, "Which commit?")
    await bot.finish()
    assert not slack.workspace.views.modals.get("U024BE7LH")


async def test_a_form_that_is_closed_meanwhile_is_left_alone(slack: Slack, bot: Bot) -> None:
    await slack.command("ana", "#deploys", "/fisk", "deploy")
    await slack.until(lambda: slack.workspace.views.modals.get("U024BE7LH"))
    await slack.dismiss("ana")
    await bot.finish()
    assert slack.messages("#deploys") == []


def offered(form: Form, choices: Choices) -> dict[str, Choices]:
    return {each.name: choices for each in form.fields if each.choices}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    "choices",
    [None, (), Unknown("GitHub did not answer within 5 s."), (Choice("app", "app"),), (LONG,) * 200],
    ids=["loading", "none", "unknown", "one", "many and long"],
)
def test_every_form_is_within_slacks_limits_in_every_state(name: str, choices: Choices | None) -> None:
    form, place = FORMS[name], Place("C0DEPLOYS", "1.1")
    shown = view(
        form, {} if choices is None else offered(form, choices), {"reason": "x" * 3000}, place, SLACK
    )
    assert block_kit.view_problems(shown, "modal") == []
    again = read({**shown, "id": "V1", "hash": "h", "state": {"values": {}}})
    assert again is not None
    assert (again.form, again.place, again.state) == (form, place, {})


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("deploy", "deploy"),
        ("Deploy ", "deploy"),
        ("roll back", "rollback"),
        ("stop", "cancel"),
        ("env copy", "env copy"),
        ("build", "build"),
        ("lock", "lock"),
    ],
)
def test_a_verb_and_nothing_else_opens_a_form(line: str, name: str) -> None:
    form = form_of(line)
    assert form is not None
    assert form.name == name


@pytest.mark.parametrize(
    "line", ["", "deploy latest", "rollback app", "help deploy", "cancel d-7k3f", "env", "--"]
)
def test_any_other_line_opens_none(line: str) -> None:
    assert form_of(line) is None
