"""The Slack app's manifest: what to paste into Slack, with the least scopes that fisk uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.app.http import SLACK
from bot.slack.modals.forms import DEPLOY, WHERE

if TYPE_CHECKING:
    from bot.app.settings import Settings

SCOPES = ("app_mentions:read", "chat:write", "chat:write.public", "commands", "files:write", "users:read")
CHANNELS = ("channels:read", "groups:read")  # only if incident channels are configured
JOINED = "member_joined_channel"  # likewise
GROUPS = "usergroups:read"  # only if the policy names user groups
SHORTCUTS = (
    {
        "name": "Deploy…",
        "type": "global",
        "callback_id": DEPLOY.name,
        "description": "Choose a commit and where it goes",
    },
    {
        "name": "Where is this commit?",
        "type": "message",
        "callback_id": WHERE.name,
        "description": "How far the commit in a message has come",
    },
)
PLACEHOLDER = "https://fisk.example.com"


def manifest(settings: Settings) -> dict[str, Any]:
    """Socket Mode, or HTTP where a signing secret is set (then replace the placeholder host)."""
    http = settings.http_mode
    url = {"url": f"{PLACEHOLDER}{SLACK}"} if http else {}
    request = {"request_url": f"{PLACEHOLDER}{SLACK}"} if http else {}
    command = {
        "command": "/fisk",
        "description": "Deploy, roll back, and see what is going on",
        "usage_hint": "deploy 3f2a1b9 | rollback | locks | history | help",
        "should_escape": True,
        **url,
    }
    channels = CHANNELS if settings.incidents.channels else ()
    scopes = [*SCOPES, *channels, *([GROUPS] if settings.access.groups else [])]
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "fisk",
            "description": "Runs the delivery chain: deploys, rollbacks, locks, and the truth about them",
            "background_color": "#1f3a34",
        },
        "features": {
            # Direct messages replace posts that a channel refuses; fisk does not read messages there.
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "fisk", "always_online": True},
            "shortcuts": list(SHORTCUTS),
            "slash_commands": [command],
        },
        "oauth_config": {"scopes": {"bot": scopes}},
        "settings": {
            "event_subscriptions": {
                "bot_events": ["app_home_opened", "app_mention", *([JOINED] if channels else [])],
                **request,
            },
            "interactivity": {"is_enabled": True, **request},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not http,
            "token_rotation_enabled": False,
        },
    }
