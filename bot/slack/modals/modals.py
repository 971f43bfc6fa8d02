"""Opens forms and keeps them up to date.

A form opens at once with what fisk knows by itself, and is filled as the systems answer. Whoever changed it last fills
it: what was asked for before that is not shown any more, since the view's hash is another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cachetools import LRUCache

from bot.slack import blocks
from bot.slack.answers import Way
from bot.slack.identify import Place
from bot.slack.modals.form import Asking, Choices, Field, Form, State
from bot.slack.modals.view import Filled, Offered, view
from bot.words.help import help_text
from commands import grammar
from commands.access import may_begin
from deploy.core import errors
from deploy.core.actor import Actor, Origin
from deploy.core.ask import Unknown, ask
from deploy.core.log import logger
from deploy.core.together import together
from deploy.core.values import dataclass

if TYPE_CHECKING:
    from bot.slack.answers import Answers
    from bot.slack.speaker import Speaker
    from bot.words.format import Format
    from deploy.world import World

KNOWS_WITHIN = 1.0  # seconds for who may: the trigger lasts three
CHOICES_WITHIN = 15.0  # seconds for all choices; each system has its own five

MOST = 1000  # views that are remembered
CONFLICT = "hash_conflict"

log = logger()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked, where, and how they are answered while there is no form."""

    actor: Actor
    origin: Origin
    way: Way


@dataclass(slots=True, eq=False)
class _Shown:
    """A view as somebody saw it; `hash` goes on with what fisk shows in it."""

    id: str
    hash: str


class Modals:
    """Of those that were opened here, it is known which change is the newest."""

    def __init__(self, world: World, speaker: Speaker, answers: Answers, fmt: Format) -> None:
        self._world = world
        self._speaker = speaker
        self._answers = answers
        self._fmt = fmt
        self._newest: LRUCache[str, _Shown] = LRUCache(MOST)

    async def open(self, form: Form, trigger: str, asker: Asker) -> None:
        """Open a form for whoever may, and fill it. Where Slack does not open it, they get the usage."""
        asking = Asking(self._world, asker.actor, asker.origin, form.verbs[0])
        try:
            may_not = await ask(
                "Slack", may_begin(asking.verb, asker.actor, asker.origin, self._world), KNOWS_WITHIN
            )
            if isinstance(may_not, Unknown):
                text = f"{may_not.why} {may_not.hint}".strip()
                await self._answers.give(asker.way, blocks.message(self._fmt.escape(text)))
                return
            offered = await self._at_once(form, asking)
            asking = replace(asking, state=_first_choices(form, offered))
            place = Place(asker.origin.channel, asker.origin.thread)
            shown = view(form, offered, asking.state, place, self._fmt)
            id_, hash_ = await self._speaker.open_view(trigger, shown)
        except errors.SystemFailure as failure:
            log.warning("a form was not opened", form=form.name, code=failure.code)
            lines = grammar.help_lines(form.name)
            await self._answers.give(asker.way, blocks.message(help_text(lines, form.name, self._fmt)))
            return
        await self._fill(form, asking, offered, place, self._shown(id_, hash_))

    async def change(self, filled: Filled, asker: Asker) -> None:
        """Show the line as it is now; where other choices follow from what was chosen, get them."""
        shown = self._shown(filled.id, filled.hash)
        asking = Asking(self._world, asker.actor, asker.origin, filled.form.verbs[0], filled.state)
        if not filled.outdated:
            await self._show(shown, filled.with_line(self._fmt))
            return
        offered = await self._at_once(filled.form, asking)
        await self._show(shown, view(filled.form, offered, filled.state, filled.place, self._fmt))
        await self._fill(filled.form, asking, offered, filled.place, shown)

    async def _fill(self, form: Form, asking: Asking, offered: Offered, place: Place, shown: _Shown) -> None:
        """Ask the systems for what can be chosen, and show it."""
        if slow := [each for each in form.fields if each.choices and not each.at_once]:
            whole = {**offered, **await self._choices(asking, slow)}
            await self._show(shown, view(form, whole, asking.state, place, self._fmt))

    def _shown(self, id_: str, hash_: str) -> _Shown:
        """A view as it was when somebody opened or changed it; what was shown of it before is overtaken."""
        self._newest[id_] = shown = _Shown(id_, hash_)
        return shown

    async def _show(self, shown: _Shown, now: dict[str, Any]) -> None:
        """Show something else in a view. An earlier change may have been shown meanwhile: the newest one wins."""
        try:
            shown.hash = await self._updated(shown, now)
        except errors.SystemFailure as failure:
            log.info("a form was not updated", code=failure.code)

    async def _updated(self, shown: _Shown, now: dict[str, Any]) -> str:
        try:
            return await self._speaker.update_view(shown.id, shown.hash, now)
        except errors.Rejected as refused:
            if refused.why != CONFLICT or self._newest.get(shown.id) is not shown:
                raise
            return await self._speaker.update_view(shown.id, "", now)

    async def _at_once(self, form: Form, asking: Asking) -> dict[str, Choices]:
        return await self._choices(asking, [each for each in form.fields if each.at_once])

    @staticmethod
    async def _choices(asking: Asking, fields: Iterable[Field]) -> dict[str, Choices]:
        """What can be chosen in each, or why that is not known."""
        sources = {each.name: each.choices for each in fields if each.choices}
        asked = (ask("fisk", source(asking), CHOICES_WITHIN) for source in sources.values())
        found = await together(*asked)
        return dict(zip(sources, found, strict=True))


def _first_choices(form: Form, offered: Mapping[str, Choices]) -> State:
    """What is chosen at first: of what must be chosen the first, which is the usual one."""
    return {
        each.name: found[0].value
        for each in form.fields
        if not each.optional and (found := offered.get(each.name)) and not isinstance(found, Unknown)
    }
