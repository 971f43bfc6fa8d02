"""The methods `chat.*` and `reactions.*`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.slack import blocks as block_kit
from sandbox.slack.arguments import Arguments, Method
from sandbox.slack.cast import BOT, FISK, Channel
from sandbox.slack.errors import SlackError

if TYPE_CHECKING:
    from sandbox.slack.message import Json, Message
    from sandbox.slack.workspace import Workspace

LONGEST_POST = 40_000
LONGEST_UPDATE = 4_000


def joined(workspace: Workspace, arguments: Arguments) -> Channel:
    """A call's channel, of which the bot must be a member."""
    channel = workspace.channel(arguments.required("channel", "channel_not_found"))
    if channel.is_im and not workspace.messages_tab:
        raise SlackError("messages_tab_disabled")
    if FISK.id not in channel.members:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def content(workspace: Workspace, arguments: Arguments, longest: int) -> tuple[str, list[Json] | None]:
    """Validated text and blocks. Raises SlackError."""
    text, blocks = arguments.text("text"), arguments.blocks()
    if not text and not blocks and not arguments.get("attachments"):
        raise SlackError("no_text")
    if len(text) > longest:
        raise SlackError("msg_too_long")
    if problems := block_kit.problems(blocks or [], plans=workspace.knows_plans):
        raise SlackError("invalid_blocks", errors=problems, response_metadata={"messages": problems})
    return text, blocks


def _metadata(arguments: Arguments) -> Json | None:
    metadata = arguments.structure("metadata", "invalid_metadata_format")
    if metadata is not None and not {"event_type", "event_payload"} <= set(metadata):
        raise SlackError("invalid_metadata_format")
    return metadata if metadata is None else dict(metadata)


def post_message(workspace: Workspace, arguments: Arguments) -> Json:
    channel = joined(workspace, arguments)
    text, blocks = content(workspace, arguments, LONGEST_POST)
    message = workspace.post(
        channel.id,
        FISK.id,
        text,
        blocks,
        thread_ts=arguments.text("thread_ts"),
        metadata=_metadata(arguments),
    )
    return {"channel": channel.id, "ts": message.ts, "message": message.as_slack()}


def post_ephemeral(workspace: Workspace, arguments: Arguments) -> Json:
    channel = joined(workspace, arguments)
    if arguments.required("user") not in channel.members:
        raise SlackError("user_not_in_channel")
    text, blocks = content(workspace, arguments, LONGEST_POST)
    thread = arguments.text("thread_ts")
    if thread and not workspace.replies(workspace.find(channel.id, thread)):
        return {
            "message_ts": workspace.next_ts()
        }  # Slack takes it, and shows it to nobody: no thread has begun
    message = workspace.post(
        channel.id, FISK.id, text, blocks, thread_ts=thread, visible_to=arguments.text("user")
    )
    return {"message_ts": message.ts}


def _own_message(workspace: Workspace, arguments: Arguments, otherwise: str) -> Message:
    """A message that the bot may change: its own, and seen by all."""
    channel = workspace.channels.get(arguments.required("channel", "channel_not_found"))
    if channel is None:
        raise SlackError("channel_not_found")
    message = workspace.find(channel.id, arguments.required("ts", "message_not_found"))
    if message.visible_to:
        raise SlackError("message_not_found")
    if not message.is_by_app:
        raise SlackError(otherwise)
    return message


def update(workspace: Workspace, arguments: Arguments) -> Json:
    """Text without blocks takes the old blocks away; blocks alone keep nothing but themselves."""
    message = _own_message(workspace, arguments, "cant_update_message")
    text, blocks = content(workspace, arguments, LONGEST_UPDATE)
    workspace.edit(message, text, blocks or [], _metadata(arguments))
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": message.as_slack()}


def delete(workspace: Workspace, arguments: Arguments) -> Json:
    message = _own_message(workspace, arguments, "cant_delete_message")
    workspace.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def permalink(workspace: Workspace, arguments: Arguments) -> Json:
    channel = workspace.channel(arguments.required("channel", "channel_not_found"))
    message = workspace.find(channel.id, arguments.required("message_ts", "message_not_found"))
    thread = f"?thread_ts={message.thread_ts}&cid={channel.id}" if message.is_reply else ""
    address = f"https://fiskai.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}{thread}"
    return {"channel": channel.id, "permalink": address}


def react(workspace: Workspace, arguments: Arguments) -> Json:
    channel = joined(workspace, arguments)
    message = workspace.find(channel.id, arguments.required("timestamp", "no_item_specified"))
    workspace.react(message, arguments.required("name", "invalid_name"), FISK.id)
    return {}


def bot_info(_workspace: Workspace, arguments: Arguments) -> Json:
    if arguments.text("bot") != BOT:
        raise SlackError("bot_not_found")
    return {"bot": {"id": BOT, "name": FISK.name, "deleted": False, "user_id": FISK.id, "updated": 0}}


METHODS = {
    "chat.postMessage": Method(post_message, ("chat:write",)),
    "chat.postEphemeral": Method(post_ephemeral, ("chat:write",)),
    "chat.update": Method(update, ("chat:write",)),
    "chat.delete": Method(delete, ("chat:write",)),
    "chat.getPermalink": Method(permalink),
    "reactions.add": Method(react, ("reactions:write",)),
    "bots.info": Method(bot_info, ("users:read",)),
}
