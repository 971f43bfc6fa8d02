"""A channel's messages as plain text, as a user sees them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sandbox.slack import mrkdwn
from sandbox.slack.message import Json, Message

if TYPE_CHECKING:
    from sandbox.slack.workspace import Typed, Workspace

THREAD = "    │ "
BELOW = "\n      "  # a further line of what a task says
MARKS = {"pending": "○", "in_progress": "●", "complete": "✓", "error": "✗"}  # of a plan's tasks


def transcript(workspace: Workspace, channel: str, seen_by: str = "") -> str:
    """A channel in order, threads under their first message; `seen_by` omits others' ephemeral messages."""
    messages = workspace.messages(channel, seen_by)
    typed = [t for t in workspace.typed if t.channel == channel and seen_by in ("", t.user)]
    lines: list[str] = []
    entries: list[Message | Typed] = [*typed, *(m for m in messages if not m.is_reply)]
    for entry in sorted(entries, key=lambda entry: entry.ts):
        lines += _entry(workspace, entry, seen_by)
        for reply in messages:
            if reply.is_reply and reply.thread_ts == entry.ts:
                lines += [f"{THREAD}{line}" for line in _entry(workspace, reply, seen_by)]
    return "\n".join(lines)


def _entry(workspace: Workspace, entry: Message | Typed, seen_by: str) -> list[str]:
    user = workspace.users[entry.user]
    author = user.name if user.is_bot else user.real_name
    head = f"{_clock(float(entry.ts))}  {author:<8}  "
    body = lines(workspace, entry) if isinstance(entry, Message) else [entry.text]
    first, *rest = body or [""]
    marks = _marks(workspace, entry, seen_by) if isinstance(entry, Message) else ""
    return [f"{head}{first}{marks}", *(f"{' ' * len(head)}{line}" for line in rest)]


def _marks(workspace: Workspace, message: Message, seen_by: str) -> str:
    edited = f"  (edited, {_clock(message.versions[-1].at)})" if len(message.versions) > 1 else ""
    if not message.visible_to:
        return edited
    who = "you" if message.visible_to == seen_by else workspace.users[message.visible_to].real_name
    return f"{edited}  (only visible to {who})"


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))


def lines(workspace: Workspace, message: Message) -> list[str]:
    """A message's lines: its blocks if it has any, else its text, and its files."""
    if not message.blocks:
        files = [f"(file: {file['title']})" for file in message.files]
        return [*mrkdwn.plain(workspace, message.text).splitlines(), *files]
    shown = (_plan(b) if b["type"] == "plan" else _shown(workspace, b) for b in message.blocks)
    return [line.rstrip() for text in shown for line in text.splitlines()]


def form(workspace: Workspace, view: Json) -> str:
    """A modal: its title, each block, what can be chosen, and its buttons."""
    labels = [view[name]["text"] for name in ("submit", "close") if view.get(name)]
    body = (line for block in view["blocks"] for line in (_shown(workspace, block), *_options(block)))
    return "\n".join([view["title"]["text"], *body, "  ".join(f"[{label}]" for label in labels)])


def _options(block: Json) -> Iterator[str]:
    for option in block.get("element", {}).get("options", ()):
        detail = option.get("description")
        yield f"    {option['text']['text']}" + (f"  ({detail['text']})" if detail else "")


def _shown(workspace: Workspace, block: Json) -> str:
    match block["type"]:
        case "header" | "markdown" | "section":
            return _section(workspace, block)
        case "context" | "actions":
            return "  ".join(_element(workspace, element) for element in block["elements"])
        case "divider":
            return "─" * 40
        case "image":
            return f"(image: {block['alt_text']})"
        case "input":
            return f"{_element(workspace, block['label'])}: {_element(workspace, block['element'])}"
        case _:
            return " ".join(_texts(block))


def _plan(block: Json) -> str:
    return "\n".join([block["title"], *(_task(task) for task in block.get("tasks", ()))])


def _task(task: Json) -> str:
    """`✓ gates   built in 18 min`; what has several lines stands below."""
    said = " ".join("".join(_texts(task[name])) for name in ("details", "output") if task.get(name))
    between = BELOW if "\n" in said else "   "
    return f"  {MARKS[task['status']]} {task['title']}{between}{BELOW.join(said.splitlines())}".rstrip()


def _section(workspace: Workspace, block: Json) -> str:
    text = block.get("text", "")
    parts = [mrkdwn.plain(workspace, text) if isinstance(text, str) else _element(workspace, text)]
    parts += [_element(workspace, text) for text in block.get("fields", ())]
    if "accessory" in block:
        parts[-1] += f"   {_element(workspace, block['accessory'])}"
    return "\n".join(part for part in parts if part)


def _element(workspace: Workspace, element: Any) -> str:
    """A text object, or an element as it looks: `[Cancel]`, `[Choose one ▾]`."""
    if not element:
        return ""
    match element["type"]:
        case "mrkdwn" | "plain_text":
            return mrkdwn.plain(workspace, element["text"], marked=element["type"] == "mrkdwn")
        case "button":
            return f"[{_element(workspace, element['text'])}]"
        case "image":
            return f"(image: {element['alt_text']})"
        case "plain_text_input":
            return f"____ {_element(workspace, element.get('placeholder'))}".strip()
        case _:
            chosen = (element.get("initial_option") or {}).get("text") or element.get("placeholder")
            return f"[{_element(workspace, chosen) or '…'} ▾]"


def _texts(node: Any) -> Iterator[str]:
    """All texts within a block of an unsupported kind, such as a table."""
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        node = list(node.values())
    for child in node if isinstance(node, list) else ():
        yield from _texts(child)
