"""Payloads of Slack's: commands, buttons, mentions, and all else, through Bolt."""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping
from random import Random
from typing import TYPE_CHECKING, Any

from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.app.metrics import Metrics
from bot.app.tasks import Tasks
from bot.slack.app import Listeners, build
from bot.slack.identify import Place
from bot.slack.installation import Installation
from bot.slack.lines import Lines
from bot.slack.modals.form import Choice
from bot.slack.modals.forms import FORMS
from bot.slack.modals.listeners import ModalListeners
from bot.slack.modals.view import view
from bot.slack.typed_line import restored, stored
from sandbox.slack import cast, payloads
from tests.fuzz import checks
from tests.fuzz.lines import line
from tests.fuzz.pieces import changed

if TYPE_CHECKING:
    from bot.slack.answers import Way
    from bot.slack.modals.form import Form
    from bot.slack.modals.modals import Asker
    from bot.slack.modals.view import Filled
    from bot.slack.typed_line import TypedLine
    from deploy.core.actor import Actor

ANA = next(user for user in cast.people() if user.name == "ana")
DEPLOYS = next(channel for channel in cast.channels() if channel.name == "deploys")


class Recorder:
    """Stands in for the handler, and for what speaks: keeps the lines and checks the answers."""

    def __init__(self) -> None:
        self.lines: list[TypedLine] = []

    def admit(self, asked: TypedLine) -> None:
        """Let anybody type as much as they like."""

    def admit_form(self, actor: Actor) -> None:
        """Nor is anybody kept from a form."""

    async def open(self, form: Form, _trigger: str, asker: Asker) -> None:
        assert form.preview({}).startswith(form.name.split()[0])
        assert asker.actor.id

    async def change(self, filled: Filled, asker: Asker) -> None:
        assert filled.with_line(checks.SLACK)["blocks"]
        assert asker.actor.id

    async def receive(self, asked: TypedLine) -> TypedLine:
        again = restored(stored(asked))
        assert (again.invocation, again.line, again.origin) == (asked.invocation, asked.line, asked.origin)
        return asked

    async def handle(self, *asked: TypedLine) -> None:
        self.lines.append(asked[-1])

    async def give(self, _way: Way, content: dict[str, Any]) -> None:
        checks.message(content)

    async def whisper(self, _channel: str, _user: str, content: dict[str, Any], **_: str) -> None:
        checks.message(content)

    def known(self, channel: str) -> bool:
        """Whether help is for all to read there."""
        return channel == DEPLOYS.id

    async def joined(self, _channel: str, _inviter: str, *, fisk: bool) -> None:
        assert isinstance(fisk, bool)


class Watched(Listeners):
    """Listeners whose failures are not only logged."""

    failures: list[Exception]

    async def failed(self, error: Exception, body: Mapping[str, Any]) -> None:  # noqa: ARG002 (Bolt's name)
        self.failures.append(error)


async def case(random: Random) -> None:
    """Whatever Slack sends is acknowledged, and only a line without an error begins something."""
    recorder, tasks, home = Recorder(), Tasks(), Installation(cast.TEAM, cast.FISK.id)
    nobody: Any = recorder
    lines = Lines(
        nobody, nobody, nobody, tasks=tasks, fmt=checks.SLACK, metrics=Metrics(), stopped=lambda: 0.0
    )
    modals = ModalListeners(home, lines, recorder)  # type: ignore[arg-type]
    listeners = Watched(home, lines, modals, recorder, recorder, recorder)  # type: ignore[arg-type]
    listeners.failures = []
    app = build(AsyncWebClient("xoxb-fuzz"), home, listeners)
    typed, wrong = line(random)
    payload = changed(random, random.choice((_command, _button, _mention, _form, _change))(typed))
    answer = None
    try:
        answer = await app.async_dispatch(AsyncBoltRequest(body=payload, mode="socket_mode"))
    except Exception as error:  # noqa: BLE001 (looked at below)
        listeners.failures.append(error)
    await tasks.drain(5)
    for failure in listeners.failures:
        if not _is_bolts(failure):
            raise failure
    if answer is None or listeners.failures:
        return  # Bolt itself knows only what Slack sends
    assert answer.status in {200, 404}, answer.body
    if answer.status == 200 and answer.body.startswith("{"):
        _check(_content(answer.body))
    begun = [asked for asked in recorder.lines if asked.line and typed.strip() == asked.line.strip()]
    assert not (wrong and begun), typed


def _check(content: dict[str, Any]) -> None:
    """An ack with a message, or with what is wrong at fields."""
    if content.get("response_action") != "errors":
        checks.message(content)
        return
    assert all(content["errors"].values()), content


def _is_bolts(failure: Exception) -> bool:
    return "slack_bolt" in traceback.extract_tb(failure.__traceback__)[-1].filename


def _command(typed: str) -> dict[str, Any]:
    return payloads.slash_command(
        ANA, DEPLOYS, "/fisk", typed, trigger="1.1", response_url="https://hooks.example/1"
    )


def _button(typed: str) -> dict[str, Any]:
    action = {"type": "button", "action_id": "run:0", "block_id": "b", "value": typed, "action_ts": "1.1"}
    return {
        "type": "block_actions",
        "user": {"id": ANA.id, "username": ANA.name, "name": ANA.name, "team_id": ANA.team_id},
        "trigger_id": "1.1",
        "team": {"id": cast.TEAM, "domain": "fiskai"},
        "channel": {"id": DEPLOYS.id, "name": DEPLOYS.name},
        "message": {"ts": "1.1", "thread_ts": "1.0"},
        "response_url": "https://hooks.example/1",
        "actions": [action],
    }


def _form(typed: str) -> dict[str, Any]:
    """What somebody typed into each field of a form."""
    return payloads.view_submission(ANA, _filled(typed), "1.1")


def _change(typed: str) -> dict[str, Any]:
    return payloads.view_action(ANA, _filled(typed), {"action_id": "reason"}, "1.1")


def _filled(typed: str) -> dict[str, Any]:
    form = FORMS["lock"]
    names = [each.name for each in form.fields]
    shown = view(form, {"target": (Choice("app", "app"),)}, {}, Place(DEPLOYS.id), checks.SLACK)
    values = {name: {name: {"type": "plain_text_input", "value": typed}} for name in names}
    return {**shown, "id": "V1", "hash": "h", "state": {"values": values}}


def _mention(typed: str) -> dict[str, Any]:
    event = {
        "type": "app_mention",
        "user": ANA.id,
        "ts": "1.1",
        "text": f"<@{cast.FISK.id}> {typed}",
        "team": ANA.team_id,
        "channel": DEPLOYS.id,
        "event_ts": "1.1",
    }
    return payloads.event_callback(event, 1.0)


def _content(body: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(body)
    return content
