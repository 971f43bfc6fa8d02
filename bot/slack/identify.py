"""The sender, origin and request id of a payload: by Slack's ids only, failing closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deploy.core.actor import Actor, Origin
from deploy.core.errors import NoRequestId, Stranger
from deploy.core.values import dataclass
from deploy.core.visible import visible

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a form's answer goes. Slack hands it back in a signed payload; it has no secret in it."""

    channel: str
    thread: str = ""


def of_command(body: Payload, team: str) -> tuple[Actor, Origin]:
    """A slash command's. Raises errors.Stranger for another workspace's people."""
    actor = _member(text(body, "user_id"), text(body, "user_name"), text(body, "team_id"), team)
    return actor, Origin("slack", channel=text(body, "channel_id"), team=team)


def of_action(body: Payload, team: str) -> tuple[Actor, Origin]:
    """A button's; fisk answers in the message's thread, else in the channel, and to one in the Home tab in direct
    messages. Raises errors.Stranger.
    """
    actor, message = _interacting(body, team), part(body, "message")
    channel = text(part(body, "channel"), "id") or actor.id
    thread = "" if message.get("thread_ts") == message.get("ts") else text(message, "thread_ts")
    return actor, Origin("slack", channel=channel, thread=thread, team=team)


def of_shortcut(body: Payload, team: str) -> tuple[Actor, Origin]:
    """A shortcut's; one that is about no message is answered in direct messages. Raises errors.Stranger."""
    channel = text(part(body, "channel"), "id")
    actor = _interacting(body, team)
    return actor, Origin("slack", channel=channel or actor.id, team=team)


def of_view(body: Payload, team: str, place: Place) -> tuple[Actor, Origin]:
    """A form's; fisk answers where it was opened. Raises errors.Stranger."""
    return _interacting(body, team), Origin("slack", channel=place.channel, thread=place.thread, team=team)


def of_mention(body: Payload, team: str) -> tuple[Actor, Origin]:
    """A mention's, by a bot too; fisk answers in its thread. Raises errors.Stranger."""
    event = part(body, "event")
    named = ((event, "user_team"), (event, "source_team"), (event, "team"), (body, "team_id"))
    home = next((found for place in named if (found := text(*place))), "")
    actor = _member(text(event, "user"), "", home, team)
    thread = text(event, "thread_ts") or text(event, "ts")
    return actor, Origin("slack", channel=text(event, "channel"), thread=thread, team=team)


def of_home(body: Payload, team: str) -> Actor:
    """Whoever opened the Home tab. Raises errors.Stranger."""
    return _member(text(part(body, "event"), "user"), "", text(body, "team_id"), team)


def is_bots(body: Payload) -> bool:
    """Whether a mention is a bot's: as a bot user, or as an integration that has no user id."""
    event = part(body, "event")
    return bool(event.get("bot_id")) or event.get("subtype") == "bot_message"


def request(body: Payload, name: str) -> str:
    """Slack's own id of the request. Raises errors.NoRequestId: without one it cannot be told from a replay."""
    if not (id_ := text(body, name)):
        raise NoRequestId(name=name)
    return f"{name}:{id_}"


def _interacting(body: Payload, team: str) -> Actor:
    """Who pressed, chose or submitted. Raises errors.Stranger."""
    user = part(body, "user")
    home = text(user, "team_id") or text(part(body, "team"), "id")
    return _member(text(user, "id"), text(user, "username") or text(user, "name"), home, team)


def _member(user: str, name: str, home: str, team: str) -> Actor:
    if not user:
        raise Stranger(who="Somebody without a user id", why="Slack did not say who it is")
    if not team or home != team:
        raise Stranger(who=f"`{user}`", why="they are not of this workspace")
    try:
        return Actor(user, name)
    except ValueError:
        raise Stranger(who="Somebody with a strange id", why="no user of Slack's has one like that") from None


def part(payload: Payload, name: str) -> Payload:
    """What Slack may leave out or send as null, as that which has no fields."""
    found = payload.get(name)
    return found if isinstance(found, Mapping) else {}


def text(payload: Payload, name: str) -> str:
    """A field that Slack may leave out or send as null."""
    return visible(str(payload.get(name) or ""))
