"""What nobody reads on a phone: forty digits of a commit, or one of Coolify's ids, in a message of fisk's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.slack import Slack

COPIED = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)  # what people copy, and logs
PAGES = re.compile(r"<https?://[^|>]*\|([^>]*)>")
LONG = re.compile(r"\b(?:[0-9a-f]{40}|(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{24})\b")


def long_names(slack: Slack) -> list[str]:
    """Those in the texts of what fisk posted for everybody, in each version of it."""
    shown = [each for each in slack.workspace.posted() if each.is_by_app and not each.visible_to]
    versions = [version for message in shown for version in message.versions]
    texts = [text for version in versions for text in (version.text, *_texts(version.blocks))]
    return [name for text in texts for name in LONG.findall(PAGES.sub(r"\1", COPIED.sub("", text)))]


def _texts(part: Any) -> Iterator[str]:
    """What a block shows, whatever is in what; code is marked as people see it."""
    if isinstance(part, list | tuple):
        for each in part:
            yield from _texts(each)
    elif isinstance(part, dict):
        if isinstance(text := part.get("text"), str):
            yield f"`{text}`" if part.get("style", {}) == {"code": True} else text
        for name, each in part.items():
            if name not in {"text", "value"} or not isinstance(each, str):
                yield from _texts(each)
