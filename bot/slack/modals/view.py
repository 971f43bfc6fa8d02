"""A form as Slack's view, and what is filled in there. Within Slack's limits, which slack_sdk checks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from slack_sdk.models.blocks import (
    Block,
    ContextBlock,
    InputBlock,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from bot.slack import identify
from bot.slack.identify import Place
from bot.slack.modals.form import Choice, Choices, Field, Form, State
from bot.slack.modals.forms import FORMS
from deploy.core.ask import Unknown
from deploy.core.units import cut
from deploy.core.values import dataclass
from deploy.core.visible import visible

if TYPE_CHECKING:
    from bot.slack.identify import Payload
    from bot.words.format import Format

LABEL = 75  # characters of an option's text, and of its description
OPTIONS = 100
TYPED = 2000  # as the grammar reads at most
LINE = "line"  # the block with the line
LOADING, SAID = (
    "loading",
    "said",
)  # before a field's name: it waits for a system, or there is nothing to choose
PREFIX = "form:"  # of the callback ids of fisk's forms
KEPT = ("type", "callback_id", "title", "submit", "close", "private_metadata")
CHOSEN = "@"  # between a field's name and the choice that it follows

Offered = Mapping[str, Choices]
"""What can be chosen, by the fields' names; without those for which a system is still being asked."""


def view(form: Form, offered: Offered, state: State, place: Place, fmt: Format) -> dict[str, Any]:
    """The whole view. Where what is needed cannot be filled in, nothing can, and it cannot be submitted."""
    shown = [(each, _block(each, offered, state)) for each in form.fields]
    fillable = all(each.optional or isinstance(block, InputBlock) for each, block in shown)
    said = [block for _, block in shown if fillable or not isinstance(block, InputBlock)]
    made = View(
        type="modal",
        callback_id=f"{PREFIX}{form.name}",
        title=_plain(form.title),
        submit=_plain(form.submit) if fillable else None,
        close=_plain("Close"),
        private_metadata=json.dumps({"channel": place.channel, "thread": place.thread}),
        blocks=[*said, *([line_block(form, state, fmt)] if fillable else [])],
    )
    return made.to_dict()


def line_block(form: Form, state: State, fmt: Format) -> Block:
    """The line that one could have typed."""
    text = f"Runs `/fisk {fmt.literal(form.preview(state))}`"
    return SectionBlock(
        block_id=LINE, text={"type": "mrkdwn", "text": cut(fmt.escape(text), 2900), "verbatim": True}
    )


def _block(field: Field, offered: Offered, state: State) -> Block:
    if field.choices is None:
        return _input(field, PlainTextInputElement(action_id=field.name, max_length=TYPED), state)
    found = offered.get(field.name)
    if found is None:
        return _said(f"{field.label}: loading…", f"{LOADING}:{block_id(field, state)}")
    if isinstance(found, Unknown):
        return _said(f"{field.label}: {found.why}", f"{SAID}:{block_id(field, state)}")
    if not found:
        return _said(field.none, f"{SAID}:{block_id(field, state)}")
    return _input(field, _select(field, found, state), state)


def _said(text: str, named: str) -> Block:
    return ContextBlock(block_id=named, elements=[_plain(text)])


def _input(field: Field, element: Any, state: State) -> InputBlock:
    return InputBlock(
        block_id=block_id(field, state),
        label=_plain(field.label),
        element=element,
        optional=field.optional,
        hint=_plain(field.hint) if field.hint else None,
        dispatch_action=True,
    )


def block_id(field: Field, state: State) -> str:
    """Slack keeps what is filled in where the id stays: it is another one where it is about another choice."""
    return f"{field.name}{CHOSEN}{state.get(field.follows, '')}" if field.follows else field.name


def _select(field: Field, found: Iterable[Choice], state: State) -> StaticSelectElement:
    options = {each.value: _option(each) for each in found}
    return StaticSelectElement(
        action_id=field.name,
        placeholder=_plain("Choose"),
        options=list(options.values())[:OPTIONS],
        initial_option=options.get(state.get(field.name, "")),
    )


def _option(choice: Choice) -> Option:
    detail = _plain(cut(choice.detail, LABEL)) if choice.detail else None
    return Option(value=choice.value, text=_plain(cut(choice.label, LABEL)), description=detail)


def _plain(text: str) -> PlainTextObject:
    return PlainTextObject(text=visible(text) or " ", emoji=False)


# --- what comes back


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as somebody has it open. `shown` is the view as they see it."""

    form: Form
    id: str
    hash: str
    state: State
    place: Place
    shown: Mapping[str, Any]

    @property
    def blocks(self) -> tuple[Mapping[str, Any], ...]:
        found = self.shown.get("blocks")
        return tuple(each for each in found if isinstance(each, Mapping)) if isinstance(found, list) else ()

    @property
    def outdated(self) -> bool:
        """Whether something still waits for a system, or is about what was chosen before."""
        shown = {str(each.get("block_id")).removeprefix(f"{SAID}:") for each in self.blocks}
        return not shown.issuperset(block_id(each, self.state) for each in self.form.fields)

    def block_of(self, name: str) -> str:
        """The block at which to say something about a field: its own, else the last one where anything can be."""
        shown = [identify.text(each, "block_id") for each in self.blocks if each.get("type") == "input"]
        return next((each for each in shown if each.partition(CHOSEN)[0] == name), (shown or [""])[-1])

    def with_line(self, fmt: Format) -> dict[str, Any]:
        """The view as it is, with the line as it is now."""
        line = line_block(self.form, self.state, fmt).to_dict()
        blocks = [line if each.get("block_id") == LINE else each for each in self.blocks]
        return {name: self.shown[name] for name in KEPT if self.shown.get(name)} | {"blocks": blocks}


def read(payload: Payload) -> Filled | None:
    """A view of Slack's; None where it is none of fisk's forms."""
    name = identify.text(payload, "callback_id").removeprefix(PREFIX)
    if identify.text(payload, "type") != "modal" or name not in FORMS:
        return None
    values = identify.part(identify.part(payload, "state"), "values")
    texts = {key: text for key in values if (text := _value(identify.part(values, key)))}
    form = FORMS[name]
    state = {each.name: texts[each.name] for each in form.fields if each.name in texts}
    named = {each.name: block_id(each, state) for each in form.fields if each.follows}
    state |= {name: texts[key] for name, key in named.items() if key in texts}
    place = _metadata(identify.text(payload, "private_metadata"))
    return Filled(
        form,
        identify.text(payload, "id"),
        identify.text(payload, "hash"),
        state,
        Place(identify.text(place, "channel"), identify.text(place, "thread")),
        payload,
    )


def _metadata(text: str) -> Payload:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}


def _value(block: Payload) -> str:
    element = next((each for each in block.values() if isinstance(each, Mapping)), {})
    return identify.text(identify.part(element, "selected_option"), "value") or identify.text(
        element, "value"
    )
