"""The methods `users.*`, `usergroups.*` and `conversations.*`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.slack.arguments import Arguments, Method, page_of
from sandbox.slack.cast import FISK, Channel
from sandbox.slack.chat import joined
from sandbox.slack.errors import SlackError

if TYPE_CHECKING:
    from sandbox.slack.message import Json, Message
    from sandbox.slack.workspace import Workspace


def user_info(workspace: Workspace, arguments: Arguments) -> Json:
    user = workspace.users.get(arguments.required("user", "user_not_found"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": user.as_slack()}


def users(workspace: Workspace, arguments: Arguments) -> Json:
    """`users.list`: the workspace's own people; those of shared channels are not among them."""
    own = [user.as_slack() for user in workspace.users.values() if not user.is_stranger]
    page, after = page_of(own, arguments, 1000)
    return {"members": page, "response_metadata": after}


def user_groups(workspace: Workspace, arguments: Arguments) -> Json:
    hidden = not arguments.flag("include_disabled")
    groups = [group for group in workspace.groups.values() if not (hidden and group.disabled)]
    members = arguments.flag("include_users")
    return {"usergroups": [g.as_slack() | ({"users": list(g.users)} if members else {}) for g in groups]}


def group_members(workspace: Workspace, arguments: Arguments) -> Json:
    group = workspace.groups.get(arguments.required("usergroup"))
    if group is None or (group.disabled and not arguments.flag("include_disabled")):
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


def _described(channel: Channel) -> Json:
    return channel.as_slack(is_member=FISK.id in channel.members)


def _channel(workspace: Workspace, arguments: Arguments) -> Channel:
    channel = workspace.channels.get(arguments.required("channel", "channel_not_found"))
    if channel is None:
        raise SlackError("channel_not_found")
    return channel


def info(workspace: Workspace, arguments: Arguments) -> Json:
    return {"channel": _described(_channel(workspace, arguments))}


def conversations(workspace: Workspace, arguments: Arguments) -> Json:
    page, after = page_of([_described(channel) for channel in _of_kinds(workspace, arguments)], arguments)
    return {"channels": page, "response_metadata": after}


def own_conversations(workspace: Workspace, arguments: Arguments) -> Json:
    """`users.conversations`: the bot's channels, with fewer fields than in other methods."""
    mine = [channel for channel in _of_kinds(workspace, arguments) if FISK.id in channel.members]
    untold = ("is_member", "num_members")
    told = [{k: v for k, v in _described(channel).items() if k not in untold} for channel in mine]
    page, after = page_of(told, arguments)
    return {"channels": page, "response_metadata": after}


def _kinds(arguments: Arguments) -> tuple[str, ...]:
    kinds = tuple(arguments.text("types", "public_channel").split(","))
    if not set(kinds) <= set(READS):
        raise SlackError("invalid_types")
    return kinds


def _of_kinds(workspace: Workspace, arguments: Arguments) -> list[Channel]:
    kinds, living = _kinds(arguments), arguments.flag("exclude_archived")
    found = [channel for channel in workspace.channels.values() if channel.kind in kinds]
    return [channel for channel in found if not (living and channel.is_archived)]


def _needed(arguments: Arguments) -> tuple[str, ...]:
    """The scopes needed: one for each requested type of channel."""
    return tuple(READS[kind] for kind in _kinds(arguments))


def members(workspace: Workspace, arguments: Arguments) -> Json:
    page, after = page_of(sorted(_channel(workspace, arguments).members), arguments)
    return {"members": page, "response_metadata": after}


def open_direct(workspace: Workspace, arguments: Arguments) -> Json:
    channel = workspace.direct(arguments.required("users"))
    return {"channel": _described(channel) if arguments.flag("return_im") else {"id": channel.id}}


def join(workspace: Workspace, arguments: Arguments) -> Json:
    channel = _channel(workspace, arguments)
    channel.members.add(FISK.id)
    return {"channel": _described(channel)}


def _within(messages: list[Message], arguments: Arguments) -> list[Message]:
    """The messages between `oldest` and `latest`; the bounds themselves only with `inclusive`."""
    oldest, latest = float(arguments.text("oldest", "0")), float(arguments.text("latest", "inf"))
    bounds = {oldest, latest} if not arguments.flag("inclusive") else set()
    return [m for m in messages if oldest <= float(m.ts) <= latest and float(m.ts) not in bounds]


def _message(workspace: Workspace, message: Message, arguments: Arguments) -> Json:
    told = message.as_slack()
    if not arguments.flag("include_all_metadata"):
        told.pop("metadata", None)
    if replies := workspace.replies(message):
        told |= {"reply_count": len(replies), "latest_reply": replies[-1].ts}
    return told


def history(workspace: Workspace, arguments: Arguments) -> Json:
    """`conversations.history`: newest first, without replies and ephemeral messages."""
    channel = joined(workspace, arguments)
    posted = [m for m in workspace.messages(channel.id) if not m.visible_to and not m.is_reply]
    page, after = page_of(_within(posted, arguments)[::-1], arguments)
    return _page(workspace, page, after, arguments)


def replies(workspace: Workspace, arguments: Arguments) -> Json:
    """`conversations.replies`: a thread's first message and its replies, oldest first."""
    channel = joined(workspace, arguments)
    try:
        parent = workspace.find(channel.id, arguments.required("ts", "thread_not_found"))
    except SlackError:
        raise SlackError("thread_not_found") from None
    page, after = page_of([parent, *_within(workspace.replies(parent), arguments)], arguments)
    return _page(workspace, page, after, arguments)


def _page(workspace: Workspace, page: list[Message], after: Json, arguments: Arguments) -> Json:
    told = [_message(workspace, message, arguments) for message in page]
    return {"messages": told, "has_more": bool(after["next_cursor"]), "response_metadata": after}


READS = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "im": "im:read",
    "mpim": "mpim:read",
}
SEEN = ("channels:read", "groups:read", "im:read", "mpim:read")
HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")

METHODS = {
    "users.info": Method(user_info, ("users:read",)),
    "users.list": Method(users, ("users:read",)),
    "usergroups.list": Method(user_groups, ("usergroups:read",)),
    "usergroups.users.list": Method(group_members, ("usergroups:read",)),
    "conversations.info": Method(info, SEEN),
    "conversations.list": Method(conversations, each=_needed),
    "users.conversations": Method(own_conversations, each=_needed),
    "conversations.members": Method(members, SEEN),
    "conversations.open": Method(open_direct, ("im:write", "mpim:write")),
    "conversations.join": Method(join, ("channels:join",)),
    "conversations.history": Method(history, HISTORY),
    "conversations.replies": Method(replies, HISTORY),
}
