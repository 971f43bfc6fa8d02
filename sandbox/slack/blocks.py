"""Validation of Block Kit, including rules that Slack's libraries leave to the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.slack.message import Json

MOST_IN_MESSAGE = 50
MOST_IN_VIEW = 100
TEXT_TYPES = ("mrkdwn", "plain_text")

# Each block's fields besides `type` and `block_id`; None: not validated.
BLOCKS: Mapping[str, tuple[str, ...] | None] = {
    "section": ("text", "fields", "accessory", "expand"),
    "actions": ("elements",),
    "context": ("elements",),
    "header": ("text", "level"),
    "divider": (),
    "image": ("image_url", "slack_file", "alt_text", "title"),
    "input": ("label", "element", "hint", "optional", "dispatch_action"),
    "markdown": ("text",),
    "rich_text": None,
    "table": None,
    "video": None,
    "file": None,
    "alert": None,
    "card": None,
    "carousel": None,
    "context_actions": None,
    "plan": ("title", "tasks"),
    "task_card": ("task_id", "title", "details", "output", "sources", "status"),
}
PLANS = frozenset({"plan", "task_card"})  # which a workspace may not know yet
TASKS = 50
STATUSES = ("pending", "in_progress", "complete", "error")
RICH = ("rich_text_section", "rich_text_preformatted", "rich_text_quote", "rich_text_list")
ELEMENTS = {
    "button", "checkboxes", "channels_select", "conversations_select", "datepicker", "datetimepicker",
    "email_text_input", "external_select", "file_input", "multi_channels_select",
    "multi_conversations_select", "multi_external_select", "multi_static_select", "multi_users_select",
    "number_input", "overflow", "plain_text_input", "radio_buttons", "static_select", "timepicker",
    "url_text_input", "users_select", "workflow_button",
}  # fmt: skip


def problems(blocks: list[Json], most: int = MOST_IN_MESSAGE, *, plans: bool = True) -> list[str]:
    """The violated rules, with Slack's wording and JSON pointers; empty for valid blocks.

    Without `plans` the workspace does not know those blocks.
    """
    return [*_all(blocks, most), *([] if plans else _unknown(blocks))]


def _unknown(blocks: list[Json]) -> Iterator[str]:
    for index, block in enumerate(blocks):
        if isinstance(block, dict) and block.get("type") in PLANS:
            yield _error(f"unsupported type: {block['type']}", f"/blocks/{index}/type")


def view_problems(view: Json, kind: str) -> list[str]:
    """The same for a modal (`kind` modal) or a Home tab (home)."""
    return [*_view(view, kind), *problems(view.get("blocks", []), MOST_IN_VIEW)]


def _view(view: Json, kind: str) -> Iterator[str]:
    if view.get("type") != kind:
        yield _error(f"must be {kind}", "/view/type")
    if kind == "modal":
        yield from _text(view.get("title"), "/view/title", 24, plain=True)
        for label in ("submit", "close"):
            if label in view and view[label] is not None:
                yield from _text(view[label], f"/view/{label}", 24, plain=True)
        if "submit" not in view and any(block.get("type") == "input" for block in view.get("blocks", [])):
            yield _error("missing required field: submit", "/view")
    yield from _short(view, "private_metadata", "/view", 3000)
    yield from _short(view, "callback_id", "/view", 255)


def _all(blocks: list[Json], most: int) -> Iterator[str]:
    if len(blocks) > most:
        yield _error(f"no more than {most} items allowed", "/blocks")
    given = [str(block["block_id"]) for block in blocks if isinstance(block, dict) and block.get("block_id")]
    for twice in sorted({name for name in given if given.count(name) > 1}):
        yield _error(f"`block_id` {twice} already exists", "/blocks")
    if {block.get("type") for block in blocks if isinstance(block, dict)} >= PLANS:
        yield _error("plan and task_card cannot be used together", "/blocks")
    for index, block in enumerate(blocks):
        yield from _block(block, f"/blocks/{index}")


def _block(block: Any, where: str) -> Iterator[str]:
    if not isinstance(block, dict) or block.get("type") not in BLOCKS:
        kind = block.get("type") if isinstance(block, dict) else block
        yield _error(f"unsupported type: {kind}", f"{where}/type")
        return
    allowed = BLOCKS[block["type"]]
    for name in sorted(set(block) - {"type", "block_id", *(allowed or ())}) if allowed is not None else ():
        yield _error(f"invalid additional property: {name}", where)
    yield from _short(block, "block_id", where, 255)
    if check := CHECKS.get(block["type"]):
        yield from check(block, where)


def _section(block: Json, where: str) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield _error("missing required field: text or fields", where)
    if "text" in block:
        yield from _text(block["text"], f"{where}/text", 3000)
    if "fields" in block:
        yield from _count(block["fields"], f"{where}/fields", 10)
        for index, text in enumerate(block["fields"]):
            yield from _text(text, f"{where}/fields/{index}", 2000)
    if "accessory" in block:
        yield from _element(block["accessory"], f"{where}/accessory", images=True)


def _actions(block: Json, where: str) -> Iterator[str]:
    elements = block.get("elements", [])
    yield from _count(elements, f"{where}/elements", 25)
    given = [str(element["action_id"]) for element in elements if element.get("action_id")]
    for twice in sorted({name for name in given if given.count(name) > 1}):
        yield _error(f"`action_id` {twice} already exists", f"{where}/elements")
    for index, element in enumerate(elements):
        yield from _element(element, f"{where}/elements/{index}")


def _context(block: Json, where: str) -> Iterator[str]:
    yield from _count(block.get("elements", []), f"{where}/elements", 10)
    for index, element in enumerate(block.get("elements", [])):
        if element.get("type") == "image":
            yield from _image(element, f"{where}/elements/{index}")
        else:
            yield from _text(element, f"{where}/elements/{index}", 3000)


def _header(block: Json, where: str) -> Iterator[str]:
    yield from _text(block.get("text"), f"{where}/text", 150, plain=True)


def _image(block: Json, where: str) -> Iterator[str]:
    if not block.get("image_url") and not block.get("slack_file"):
        yield _error("missing required field: image_url", where)
    if not block.get("alt_text"):
        yield _error("missing required field: alt_text", where)
    yield from _short(block, "image_url", where, 3000)
    yield from _short(block, "alt_text", where, 2000)


def _input(block: Json, where: str) -> Iterator[str]:
    yield from _text(block.get("label"), f"{where}/label", 2000, plain=True)
    yield from _element(block.get("element"), f"{where}/element")


def _markdown(block: Json, where: str) -> Iterator[str]:
    if not block.get("text"):
        yield _error("missing required field: text", where)
    yield from _short(block, "text", where, 12_000)


def _plan(block: Json, where: str) -> Iterator[str]:
    yield from _title(block, where)
    tasks = block.get("tasks", [])
    if len(tasks) > TASKS:
        yield _error(f"no more than {TASKS} items allowed", f"{where}/tasks")
    given = [str(task.get("task_id")) for task in tasks]
    for twice in sorted({name for name in given if given.count(name) > 1}):
        yield _error(f"`task_id` {twice} already exists", f"{where}/tasks")
    for index, task in enumerate(tasks):
        yield from _task(task, f"{where}/tasks/{index}")


def _task(task: Json, where: str) -> Iterator[str]:
    for name in sorted(set(task) - {"type", "block_id", *(BLOCKS["task_card"] or ())}):
        yield _error(f"invalid additional property: {name}", where)
    if not task.get("task_id"):
        yield _error("missing required field: task_id", where)
    yield from _title(task, where)
    if task.get("status") not in STATUSES:
        yield _error(f"must be one of: {', '.join(STATUSES)}", f"{where}/status")
    for name in ("details", "output"):
        if task.get(name) is not None:
            yield from _rich(task[name], f"{where}/{name}")


def _title(holder: Json, where: str) -> Iterator[str]:
    if not holder.get("title"):
        yield _error("missing required field: title", where)
    elif not isinstance(holder["title"], str):
        yield _error("must be a string", f"{where}/title")


def _rich(text: Json, where: str) -> Iterator[str]:
    """One `rich_text` with one element, as a task takes it."""
    if text.get("type") != "rich_text":
        yield _error(f"unsupported type: {text.get('type')}", f"{where}/type")
        return
    yield from _count(text.get("elements", []), f"{where}/elements", 1)
    for index, part in enumerate(text.get("elements", [])):
        if part.get("type") not in RICH:
            yield _error(f"unsupported type: {part.get('type')}", f"{where}/elements/{index}/type")
        if any(each.get("type") == "text" and not each.get("text") for each in part.get("elements", [])):
            yield _error("must be more than 0 characters", f"{where}/elements/{index}/elements")


CHECKS = {
    "plan": _plan,
    "task_card": _task,
    "section": _section,
    "actions": _actions,
    "context": _context,
    "header": _header,
    "image": _image,
    "input": _input,
    "markdown": _markdown,
}


def _element(element: Any, where: str, *, images: bool = False) -> Iterator[str]:
    kind = element.get("type") if isinstance(element, dict) else element
    if images and kind == "image":
        yield from _image(element, where)
        return
    if kind not in ELEMENTS:
        yield _error(f"unsupported type: {kind}", f"{where}/type")
        return
    yield from _short(element, "action_id", where, 255)
    if kind == "button":
        yield from _button(element, where)
    if "confirm" in element:
        yield from _confirm(element["confirm"], f"{where}/confirm")
    if "options" in element or kind in ("static_select", "overflow", "radio_buttons", "checkboxes"):
        most = {"overflow": 5, "radio_buttons": 10, "checkboxes": 10}.get(kind, 100)
        yield from _options(element, where, most)
    if "placeholder" in element:
        yield from _text(element["placeholder"], f"{where}/placeholder", 150, plain=True)


def _button(button: Json, where: str) -> Iterator[str]:
    yield from _text(button.get("text"), f"{where}/text", 75, plain=True)
    yield from _short(button, "value", where, 2000)
    yield from _short(button, "url", where, 3000)
    yield from _short(button, "accessibility_label", where, 75)
    if button.get("style", "primary") not in ("primary", "danger"):
        yield _error("must be one of: primary, danger", f"{where}/style")


def _confirm(dialog: Json, where: str) -> Iterator[str]:
    yield from _text(dialog.get("title"), f"{where}/title", 100, plain=True)
    yield from _text(dialog.get("text"), f"{where}/text", 300)
    yield from _text(dialog.get("confirm"), f"{where}/confirm", 30, plain=True)
    yield from _text(dialog.get("deny"), f"{where}/deny", 30, plain=True)


def _options(element: Json, where: str, most: int) -> Iterator[str]:
    if "option_groups" in element:
        return
    yield from _count(element.get("options", []), f"{where}/options", most)
    for index, option in enumerate(element.get("options", [])):
        yield from _text(option.get("text"), f"{where}/options/{index}/text", 75)
        yield from _short(option, "value", f"{where}/options/{index}", 150)


def _text(text: Any, where: str, longest: int, *, plain: bool = False) -> Iterator[str]:
    if not isinstance(text, dict):
        yield _error("must provide an object", where)
        return
    if text.get("type") not in (("plain_text",) if plain else TEXT_TYPES):
        yield _error(f"unsupported type: {text.get('type')}", f"{where}/type")
    if not text.get("text"):
        yield _error("must be more than 0 characters", f"{where}/text")
    yield from _short(text, "text", where, longest)


def _short(holder: Json, name: str, where: str, longest: int) -> Iterator[str]:
    value = holder.get(name)
    if value is not None and not isinstance(value, str):
        yield _error("must be a string", f"{where}/{name}")
    elif value is not None and len(value) > longest:
        yield _error(f"must be less than {longest + 1} characters", f"{where}/{name}")


def _count(items: list[Any], where: str, most: int) -> Iterator[str]:
    if not items:
        yield _error("no fewer than 1 items allowed", where)
    if len(items) > most:
        yield _error(f"no more than {most} items allowed", where)


def _error(what: str, where: str) -> str:
    return f"[ERROR] {what} [json-pointer:{where}]"
