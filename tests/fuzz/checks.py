"""What must hold for everything that fisk says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from bot.slack import blocks
from bot.words.format import TERMINAL, Format
from deploy.core.visible import HIDDEN
from sandbox.slack.blocks import problems

if TYPE_CHECKING:
    from deploy.core.actor import Offer

MOST_TEXT = 40_000  # characters; Slack cuts what is longer
SLACK = Format(slack=True, people={"marko-b": "U2"})
VIEWS = (SLACK, TERMINAL)
ANGLES = re.compile(r"<[^>]*>?")
MEANT = re.compile(r"<@(?:U024BE7LH|U2)>|<#C0DEPLOYS>|<!date\^\d+\^[^>]*>")  # of whom the values are about
KINDS = {"section", "actions", "context"}


def said(text: str, offers: Iterable[Offer], fmt: Format) -> None:
    """A text of one view, and what can be done next."""
    if not fmt.slack:
        assert not HIDDEN.search(text), "a terminal would obey this, or nobody would see it"
        return
    content = blocks.message(text, offers)
    message(content)
    message(blocks.headed(f"@ana: {text}", content))


def message(content: dict[str, Any]) -> None:
    """A message to Slack: within its limits, with no mention, link, block or hidden character that was not meant."""
    if wrong := problems(content["blocks"]):
        raise AssertionError(wrong)
    assert {each["type"] for each in content["blocks"]} <= KINDS
    assert len(content["text"]) <= MOST_TEXT
    for text in (content["text"], *_texts(content["blocks"])):
        meant_by_nobody = [each for each in ANGLES.findall(text) if not MEANT.fullmatch(each)]
        assert not meant_by_nobody, meant_by_nobody
        assert not HIDDEN.search(text)


def _texts(part: Any) -> Iterable[str]:
    """Every text that is shown as markup."""
    if isinstance(part, list):
        for each in part:
            yield from _texts(each)
    elif isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            yield part["text"]
        for each in part.values():
            yield from _texts(each)
