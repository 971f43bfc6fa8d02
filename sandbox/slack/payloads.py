"""The payloads that Slack sends to an app."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from sandbox.slack.cast import APP, FISK, TEAM, Channel, User

if TYPE_CHECKING:
    from sandbox.slack.message import Json, Message

DOMAIN = "fiskai"
VERIFICATION_TOKEN = "sandbox-verification-token"  # noqa: S105, no secret: Slack's old check, long deprecated


def slash_command(
    user: User, channel: Channel, command: str, text: str, *, trigger: str, response_url: str
) -> Json:
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": user.team_id,
        "team_domain": DOMAIN if user.team_id == TEAM else "other",
        "channel_id": channel.id,
        "channel_name": "privategroup" if channel.is_private else channel.name,
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger,
    }


def event_callback(event: Json, at: float) -> Json:
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM,
        "context_team_id": TEAM,
        "context_enterprise_id": None,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": "Ev" + secrets.token_hex(5).upper(),
        "event_time": int(at),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": FISK.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": "4-" + secrets.token_urlsafe(24),
    }


def message_event(kind: str, user: User, message: Message) -> Json:
    """The event of a person's message, or another bot's: kind `app_mention` or `message`."""
    event = {
        "type": kind,
        "user": user.id,
        "ts": message.ts,
        "client_msg_id": secrets.token_hex(16),
        "text": message.text,
        "team": user.team_id,
        "channel": message.channel,
        "event_ts": message.ts,
    }
    if user.is_stranger:
        event |= {"user_team": user.team_id, "source_team": user.team_id}
    if user.is_bot:
        event |= {"bot_id": f"B{user.id[1:]}"}
    return event | ({"thread_ts": message.thread_ts} if message.is_reply else {})


def joined(user: User, channel: Channel, inviter: User | None) -> Json:
    """`inviter` is left out where somebody joined by themselves."""
    event = {
        "type": "member_joined_channel",
        "user": user.id,
        "channel": channel.id,
        "channel_type": "G" if channel.is_private else "C",
        "team": user.team_id,
    }
    return event | ({"inviter": inviter.id} if inviter else {})


def home_opened(user: User, direct: Channel, ts: str) -> Json:
    return {
        "type": "app_home_opened",
        "user": user.id,
        "channel": direct.id,
        "tab": "home",
        "event_ts": ts,
    }


def _interaction(kind: str, user: User, trigger: str) -> Json:
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "api_app_id": APP,
        "token": VERIFICATION_TOKEN,
        "trigger_id": trigger,
        "team": {"id": TEAM, "domain": DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def message_action(
    user: User, channel: Channel, message: Message, action: Json, *, trigger: str, response_url: str
) -> Json:
    """block_actions of a message; Slack omits the content of an ephemeral one."""
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": bool(message.visible_to),
    }
    payload = _interaction("block_actions", user, trigger) | {
        "container": container | ({"thread_ts": message.thread_ts} if message.is_reply else {}),
        "channel": {"id": channel.id, "name": channel.name},
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [action],
    }
    return payload if message.visible_to else payload | {"message": message.as_slack()}


def view_action(user: User, view: Json, action: Json, trigger: str) -> Json:
    """block_actions of a modal or a Home tab."""
    return _interaction("block_actions", user, trigger) | {
        "container": {"type": "view", "view_id": view["id"]},
        "view": view,
        "actions": [action],
    }


def shortcut(user: User, callback: str, trigger: str, at: str) -> Json:
    """A global shortcut: of no channel, and without a response_url."""
    return _interaction("shortcut", user, trigger) | {"callback_id": callback, "action_ts": at}


def message_shortcut(
    user: User, channel: Channel, message: Message, callback: str, *, trigger: str, response_url: str, at: str
) -> Json:
    """A shortcut of a message's menu, which Slack calls `message_action`."""
    return _interaction("message_action", user, trigger) | {
        "callback_id": callback,
        "action_ts": at,
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": channel.name},
        "message": message.as_slack(),
        "response_url": response_url,
    }


def view_submission(user: User, view: Json, trigger: str) -> Json:
    return _interaction("view_submission", user, trigger) | {"view": view, "response_urls": []}


def view_closed(user: User, view: Json, *, is_cleared: bool) -> Json:
    payload = _interaction("view_closed", user, "") | {"view": view, "is_cleared": is_cleared}
    del payload["trigger_id"]
    return payload


def action_of(block: Json, element: Json, option: str, ts: str) -> Json:
    """An entry of `actions` for a pressed element; `option` is the value chosen in a menu."""
    action: dict[str, Any] = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block.get("block_id", ""),
        "action_ts": ts,
    }
    if element["type"] == "button":
        return action | {name: element[name] for name in ("text", "value", "style", "url") if name in element}
    if element["type"] == "plain_text_input":
        return action | {"value": option}
    return action | {"selected_option": chosen(element, option)}


def chosen(element: Json, option: str) -> Json:
    """The option of a menu with this value, or with this text."""
    for offered in element.get("options", []):
        if option in (offered.get("value"), offered["text"]["text"]):
            return dict(offered)
    values = ", ".join(str(offered.get("value")) for offered in element.get("options", []))
    raise LookupError(f"no option {option!r}; there are: {values}")
