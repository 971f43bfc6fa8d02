"""The methods `views.*`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.slack import blocks as block_kit, payloads
from sandbox.slack.arguments import Arguments, Method
from sandbox.slack.errors import SlackError

if TYPE_CHECKING:
    from sandbox.slack.message import Json
    from sandbox.slack.workspace import Workspace


def content(arguments: Arguments, kind: str) -> Json:
    view = arguments.structure("view", "invalid_arguments")
    if not isinstance(view, dict):
        raise SlackError.explained("invalid_arguments", "[ERROR] missing required field: view")
    check(view, kind)
    return view


def check(view: Json, kind: str) -> None:
    if problems := block_kit.view_problems(view, kind):
        raise SlackError.explained("invalid_arguments", *problems)


def open_view(workspace: Workspace, arguments: Arguments) -> Json:
    view = workspace.views.open(arguments.required("trigger_id"), content(arguments, "modal"))
    return {"view": view.as_slack()}


def push(workspace: Workspace, arguments: Arguments) -> Json:
    view = workspace.views.push(arguments.required("trigger_id"), content(arguments, "modal"))
    return {"view": view.as_slack()}


def update(workspace: Workspace, arguments: Arguments) -> Json:
    view = workspace.views.find(arguments.required("view_id"))
    changed = content(arguments, view.content["type"])
    return {"view": workspace.views.update(view.id, changed, arguments.text("hash")).as_slack()}


def publish(workspace: Workspace, arguments: Arguments) -> Json:
    user = workspace.user(arguments.required("user_id"))
    return {"view": workspace.views.publish(user.id, content(arguments, "home")).as_slack()}


METHODS = {
    "views.open": Method(open_view),
    "views.push": Method(push),
    "views.update": Method(update),
    "views.publish": Method(publish),
}


# --- filling in


def field_of(blocks: list[Json], action_id: str) -> tuple[Json, Json]:
    """The input with this action_id, and its block. Raises LookupError, which lists all."""
    fields = {each["element"]["action_id"]: each for each in blocks if each["type"] == "input"}
    if action_id not in fields:
        raise LookupError(
            f"nothing to fill in is called {action_id!r}; there are: {', '.join(fields) or 'none'}"
        )
    return fields[action_id], fields[action_id]["element"]


def state_of(element: Json, value: str) -> Json:
    """The state of an input once this was chosen or typed."""
    if element["type"] == "plain_text_input":
        return {"type": element["type"], "value": value or None}
    return {"type": element["type"], "selected_option": payloads.chosen(element, value) if value else None}
