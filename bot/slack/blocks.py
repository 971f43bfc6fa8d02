"""Text and offers (buttons) as Slack's blocks, within Slack's limits, which slack_sdk checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from bot.words.format import FENCE
from deploy.core.actor import Dialog, Offer
from deploy.core.units import cut
from deploy.core.visible import visible

SECTION = 2900  # Slack refuses a section of more than 3,000 characters
ROOM = SECTION - 2 * (len(FENCE) + 1)
SECTIONS = 40
BUTTONS = 5
VALUE = 2000
LABEL = 75
TEXT = 3500  # of the message's plain text, which notifications show

TITLE, QUESTION, ANSWER = 100, 300, 30  # of a dialog, in characters

CONFIRM = "confirm"
KEEP = "keep"
RUN = "run"
LEAVE_IT = "Leave it"


def message(text: str, offers: Iterable[Offer] = (), *, keep: str = "") -> dict[str, Any]:
    """The arguments `text` and `blocks` of a message. With `keep` it is a question, which its first button answers
    with yes, and one with that label with no.

    An offer with a line too long for a button gets none: a truncated line would do something else.
    """
    blocks: list[Block] = [SectionBlock(text=_marked(part), expand=True) for part in _parts(text)]
    fitting = [offer for offer in offers if len(offer.command) <= VALUE]
    buttons = [_button(place, offer, ask=bool(keep)) for place, offer in enumerate(fitting[:BUTTONS])]
    if buttons:
        blocks.append(ActionsBlock(elements=[*buttons, *_kept(keep)]))
    return {"text": text[:TEXT], "blocks": [block.to_dict() for block in blocks]}


def headed(line: str, content: dict[str, Any]) -> dict[str, Any]:
    """A message below a context line that quotes the request."""
    context = ContextBlock(elements=[_marked(line[:SECTION])])
    return {**content, "blocks": [context.to_dict(), *content["blocks"]]}


def _marked(text: str) -> MarkdownTextObject:
    return MarkdownTextObject(text=text, verbatim=True)


def _parts(text: str) -> list[str]:
    """Cut at line ends, so that no part is over the limit; a single longer line is cut hard, and a block of code
    that is cut goes on as one. For its end there is always room.
    """
    parts, code = [""], False
    for line in text.split("\n"):
        for piece in [line[start : start + ROOM] for start in range(0, len(line) or 1, ROOM)]:
            if len(parts[-1]) + len(piece) + 1 <= ROOM or (code and piece == FENCE):
                parts[-1] = f"{parts[-1]}\n{piece}" if parts[-1] else piece
            else:
                parts[-1] += f"\n{FENCE}" if code else ""
                parts.append(f"{FENCE}\n{piece}" if code else piece)
            code ^= piece == FENCE
    return [part for part in parts if part.strip(f"{FENCE} \n")][:SECTIONS] or [" "]


def without_buttons(content: Mapping[str, Any], note: str) -> dict[str, Any]:
    """The same message with a note in place of its buttons."""
    kept = [block for block in content.get("blocks") or () if block.get("type") != "actions"]
    context = ContextBlock(elements=[_marked(note)])
    return {"text": str(content.get("text", "")), "blocks": [*kept, context.to_dict()]}


def _kept(label: str) -> list[ButtonElement]:
    return [ButtonElement(text=_plain(label[:LABEL]), action_id=KEEP)] if label else []


def _button(place: int, offer: Offer, *, ask: bool) -> ButtonElement:
    return ButtonElement(
        text=_plain(offer.label[:LABEL]),
        action_id=CONFIRM if ask and place == 0 else f"{RUN}:{place}",
        value=offer.command,
        style="danger" if offer.danger else None,
        confirm=None if ask else _confirm(offer),
    )


def _confirm(offer: Offer) -> ConfirmObject | None:
    """A dangerous offer of an earlier fisk has no dialog of its own."""
    asks = offer.asks or (
        Dialog(f"This runs: {offer.typed}", offer.label, LEAVE_IT) if offer.danger else None
    )
    if asks is None:
        return None
    return ConfirmObject(
        title=_plain(cut(f"{offer.label}?", TITLE)),
        text=_plain(cut(asks.question, QUESTION)),
        confirm=_plain(cut(asks.yes, ANSWER)),
        deny=_plain(cut(asks.no, ANSWER)),
        style="danger" if offer.danger else "primary",
    )


def _plain(text: str) -> PlainTextObject:
    return PlainTextObject(text=visible(text) or " ")
