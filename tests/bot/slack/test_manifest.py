"""The Slack app's manifest."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from bot.app.settings import Settings
from bot.app.tables import IncidentSettings
from bot.slack.manifest import manifest
from deploy.access.policy import Policy
from sandbox.slack.cast import SHORTCUTS
from tests.contracts import FOLDER

SOCKET = Settings(_env_file=None)
HTTP = Settings(_env_file=None, slack_signing_secret="secret")
GROUPS = Settings(_env_file=None, access=Policy(deployers=frozenset({"S0DEPLOYR"})))
LEAST = ["app_mentions:read", "chat:write", "chat:write.public", "commands", "files:write", "users:read"]
CHANNELS = ["channels:read", "groups:read"]


@pytest.mark.parametrize("settings", [SOCKET, HTTP, GROUPS], ids=["socket", "http", "groups"])
def test_the_manifest_fits_slacks_own_schema(settings: Settings) -> None:
    path = FOLDER / "slack-manifest.schema.json"
    if not path.exists():
        pytest.skip(f"{path} is missing, which has Slack's own schema")
    jsonschema.validate(manifest(settings), json.loads(path.read_text()))


def test_socket_mode_needs_no_address() -> None:
    made = manifest(SOCKET)
    assert made["settings"] == {
        "event_subscriptions": {"bot_events": ["app_home_opened", "app_mention", "member_joined_channel"]},
        "interactivity": {"is_enabled": True},
        "org_deploy_enabled": False,
        "socket_mode_enabled": True,
        "token_rotation_enabled": False,
    }
    assert "https" not in json.dumps(made)


def test_over_http_every_request_goes_to_one_address() -> None:
    made = manifest(HTTP)
    url = "https://fisk.example.com/slack/events"
    assert made["settings"]["socket_mode_enabled"] is False
    assert _urls(made) == [url, url, url]
    assert "secret" not in json.dumps(made)


def test_fisk_may_write_to_people() -> None:
    assert manifest(SOCKET)["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": True,
    }


def test_groups_are_read_only_where_they_decide() -> None:
    assert manifest(SOCKET)["oauth_config"]["scopes"]["bot"] == [*LEAST, *CHANNELS]
    assert manifest(GROUPS)["oauth_config"]["scopes"]["bot"] == [*LEAST, *CHANNELS, "usergroups:read"]


def test_channels_are_listed_only_where_incident_channels_are_looked_for() -> None:
    without = Settings(_env_file=None, incidents=IncidentSettings(channels=()))
    assert manifest(without)["oauth_config"]["scopes"]["bot"] == LEAST
    assert manifest(without)["settings"]["event_subscriptions"] == {
        "bot_events": ["app_home_opened", "app_mention"]
    }


def test_mentions_in_commands_are_escaped_by_slack() -> None:
    (command,) = manifest(SOCKET)["features"]["slash_commands"]
    assert (command["command"], command["should_escape"]) == ("/fisk", True)


def test_its_shortcuts_open_a_form_and_look_for_a_messages_commit() -> None:
    shortcuts = manifest(SOCKET)["features"]["shortcuts"]
    assert tuple(shortcuts) == SHORTCUTS
    assert [(each["type"], each["callback_id"], each["name"]) for each in shortcuts] == [
        ("global", "deploy", "Deploy…"),
        ("message", "where", "Where is this commit?"),
    ]


def _urls(value: Any) -> list[str]:
    if isinstance(value, dict):
        mine = [each for name, each in value.items() if name in {"url", "request_url"}]
        return mine + [url for each in value.values() for url in _urls(each)]
    return [url for each in value for url in _urls(each)] if isinstance(value, list) else []
