"""What nobody reads on a phone: forty digits of a commit, or one of Coolify's ids, in a message of fisk's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.slack import Slack

COPIED = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)  # what people copy, and logs
PAGES = re.compile(r"<https?://[^|>]*\|([^>]*)>")
LONG = re.compile(r"\b(?:[0-9a-f]{40}|(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{24})\b")


def long_names(slack: Slack) -> list[str]:
    """Those in the texts of what fisk posted for everybody, in each version of it."""
    shown = [each for each in slack.workspace.posted() if each.is_by_app and not each.visible_to]
    texts = [version.text for message in shown for version in message.versions]
    return [name for text in texts for name in LONG.findall(PAGES.sub(r"\1", COPIED.sub("", text)))]
