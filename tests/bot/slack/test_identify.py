"""A payload's sender and origin: by ids, failing closed."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack import identify
from deploy.core.errors import NoRequestId, Stranger
from deploy.core.model import Actor, Origin

COMMAND: dict[str, Any] = {"user_id": "U1", "user_name": "ana", "team_id": "T1", "channel_id": "C1"}
ACTION: dict[str, Any] = {
    "user": {"id": "U1", "username": "ana", "team_id": "T1"},
    "team": {"id": "T1"},
    "channel": {"id": "C1"},
    "message": {"ts": "2.0", "thread_ts": "1.0"},
}
EVENT: dict[str, Any] = {"user": "U1", "channel": "C1", "ts": "2.0", "thread_ts": "1.0", "team": "T1"}


def test_a_command_is_its_users_in_its_channel() -> None:
    assert identify.of_command(COMMAND, "T1") == (Actor("U1", "ana"), Origin("slack", "C1", team="T1"))


def test_a_button_is_its_users_in_the_thread_of_its_message() -> None:
    assert identify.of_action(ACTION, "T1") == (Actor("U1", "ana"), Origin("slack", "C1", "1.0", "T1"))


def test_a_mention_is_answered_in_its_thread_or_begins_one() -> None:
    assert identify.of_mention({"event": EVENT}, "T1") == (Actor("U1"), Origin("slack", "C1", "1.0", "T1"))
    outside = {**EVENT, "thread_ts": ""}
    assert identify.of_mention({"event": outside}, "T1")[1] == Origin("slack", "C1", "2.0", "T1")


@pytest.mark.parametrize(
    ("change", "is_bots"), [({}, False), ({"bot_id": "B1"}, True), ({"subtype": "bot_message"}, True)]
)
def test_a_mention_by_a_bot_is_known_as_one(change: dict[str, Any], *, is_bots: bool) -> None:
    assert identify.is_bots({"event": {**EVENT, **change}}) == is_bots


def test_a_request_goes_by_slacks_own_id() -> None:
    assert identify.request({"trigger_id": "1.2.abc"}, "trigger_id") == "trigger_id:1.2.abc"


@pytest.mark.parametrize("body", [{}, {"event_id": ""}, {"event_id": None}])
def test_a_request_without_an_id_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(NoRequestId):
        identify.request(body, "event_id")


@pytest.mark.parametrize(
    "change",
    [{"team_id": "T2"}, {"team_id": ""}, {"user_id": ""}, {"user_id": None}],
)
def test_a_command_of_a_stranger_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Stranger):
        identify.of_command({**COMMAND, **change}, "T1")


@pytest.mark.parametrize(
    "change",
    [
        {"user": {"id": "U1", "team_id": "T2"}},
        {"user": {"id": "U1"}, "team": {"id": "T2"}},
        {"user": {"id": "U1"}, "team": None},
        {"user": None},
        {"user": {"team_id": "T1"}},
    ],
)
def test_a_button_pressed_by_a_stranger_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Stranger):
        identify.of_action({**ACTION, **change}, "T1")


@pytest.mark.parametrize(
    "change",
    [
        {"bot_id": "B1", "team": "T2"},
        {"subtype": "bot_message", "user": None},
        {"user_team": "T2"},
        {"source_team": "T2"},
        {"team": "T2"},
        {"user": ""},
    ],
)
def test_a_mention_by_a_stranger_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Stranger):
        identify.of_mention({"event": {**EVENT, **change}, "team_id": "T1"}, "T1")


@pytest.mark.parametrize(
    "whose",
    [
        lambda: identify.of_command(COMMAND, ""),
        lambda: identify.of_action(ACTION, ""),
        lambda: identify.of_mention({"event": EVENT}, ""),
    ],
)
def test_until_slack_has_said_which_workspace_this_is_nobody_is_of_it(whose: Any) -> None:
    with pytest.raises(Stranger):
        whose()


def test_an_empty_payload_is_a_strangers() -> None:
    for identified in (identify.of_command, identify.of_action, identify.of_mention):
        with pytest.raises(Stranger):
            identified({}, "T1")
