"""The workspace's users, groups and channels at the start."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

TEAM = "T0FISKAI1"
ANOTHER_TEAM = "T0OTHER01"
APP = "A0FISK001"
BOT = "B0FISK001"
SLACKBOT = "USLACKBOT"


@dataclass
class User:
    """A user or a bot; `title` is for the page only."""

    id: str
    name: str
    real_name: str
    title: str = ""
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    team_id: str = TEAM
    deleted: bool = False

    def as_slack(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": self.deleted,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "is_admin": False,
            "is_owner": False,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_stranger": self.is_stranger,
            "tz": "Europe/Zagreb",
            "tz_offset": 3600,
            "profile": {"real_name": self.real_name, "display_name": self.name, "title": self.title},
        }


@dataclass
class Channel:
    """A public channel, a private one, or with `is_im` the direct messages of one person with the bot."""

    id: str
    name: str
    topic: str = ""
    members: set[str] = field(default_factory=set)
    is_im: bool = False
    is_private: bool = False
    is_archived: bool = False
    is_ext_shared: bool = False

    @property
    def kind(self) -> str:
        """The channel's type, as in Slack's `types` parameter."""
        return "im" if self.is_im else "private_channel" if self.is_private else "public_channel"

    def as_slack(self, *, is_member: bool) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not (self.is_im or self.is_private),
            "is_group": self.is_private,
            "is_im": self.is_im,
            "is_mpim": False,
            "is_private": self.is_im or self.is_private,
            "is_archived": self.is_archived,
            "is_shared": self.is_ext_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_org_shared": False,
            "is_pending_ext_shared": False,
            "is_general": self.name == "general",
            "is_member": is_member,
            "num_members": len(self.members),
            "topic": {"value": self.topic, "creator": "", "last_set": 0},
            "purpose": {"value": "", "creator": "", "last_set": 0},
            "context_team_id": TEAM,
        }


@dataclass
class Group:
    """A user group, as in `@deployers`."""

    id: str
    handle: str
    name: str
    users: list[str]
    disabled: bool = False

    def as_slack(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "team_id": TEAM,
            "is_usergroup": True,
            "name": self.name,
            "handle": self.handle,
            "date_delete": int(self.disabled),
            "user_count": len(self.users),
        }


# As the app's manifest has them.
SHORTCUTS = (
    {
        "name": "Deploy…",
        "type": "global",
        "callback_id": "deploy",
        "description": "Choose a commit and where it goes",
    },
    {
        "name": "Where is this commit?",
        "type": "message",
        "callback_id": "where",
        "description": "How far the commit in a message has come",
    },
)
FISK = User("U0FISK001", "fisk", "fisk", "runs the delivery chain", is_bot=True)


def people() -> list[User]:
    return [
        User("U024BE7LH", "ana", "Ana", "deployer"),
        User("U0MARKO01", "marko", "Marko", "deployer"),
        User("U0IVO0001", "ivo", "Ivo", "may look"),
        User("U0GUEST01", "gita", "Gita", "guest", is_restricted=True),
        User("U0OTHER01", "otto", "Otto", "of another workspace", is_stranger=True, team_id=ANOTHER_TEAM),
        User("U0ROBOT01", "robot", "robot", "another bot", is_bot=True),
        User(FISK.id, FISK.name, FISK.real_name, FISK.title, is_bot=True),
        User(SLACKBOT, "slackbot", "Slackbot", is_bot=False),
    ]


def channels() -> list[Channel]:
    """The initial channels. The bot is a member of all except #general, where it can only answer commands."""
    everyone = {user.id for user in people()} - {FISK.id, SLACKBOT}
    colleagues = everyone - {user.id for user in people() if user.is_restricted or user.is_stranger}
    return [
        Channel("C0DEPLOYS", "deploys", "What goes out, and when", everyone | {FISK.id}),
        Channel("C0INCIDNT", "incidents", "When things are on fire", everyone | {FISK.id}),
        Channel("C0INCVAT1", "inc-vat-rounding", "VAT is off by a cent", colleagues | {FISK.id}),
        Channel("C0GENERAL", "general", "Everything else", everyone),
    ]


def groups() -> list[Group]:
    return [
        Group("S0DEPLOYR", "deployers", "Deployers", ["U024BE7LH", "U0MARKO01"]),
        Group("S0ONCALL1", "oncall", "On call", ["U0MARKO01"]),
    ]
