"""Opens forms and keeps them up to date.

A form opens at once with what fisk knows by itself, and is filled as the systems answer. Whoever changed it last fills
it: an update of what was changed since is refused by Slack, by the view's hash.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from bot.slack.answers import Answers
    from bot.slack.speaker import Speaker
    from bot.words.format import Format
    from deploy.world import World

KNOWS_WITHIN = 1.0  # seconds for who may: the trigger lasts three
CHOICES_WITHIN = 15.0  # seconds for all choices; each system has its own five

log = logger()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked, where, and how they are answered while there is no form."""

    actor: Actor
    origin: Origin
    way: Way


class Modals:
    def __init__(self, world: World, speaker: Speaker, answers: Answers, fmt: Format) -> None:
        self._world = world
        self._speaker = speaker
        self._answers = answers
        self._fmt = fmt

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
            offered = await self._choices(asking, [each for each in form.fields if each.at_once])
            asking = replace(asking, state=_first_choices(form, offered))
            place = Place(asker.origin.channel, asker.origin.thread)
            shown = view(form, offered, asking.state, place, self._fmt)
            id_, hash_ = await self._speaker.open_view(trigger, shown)
        except errors.SystemFailure as failure:
            log.warning("a form was not opened", form=form.name, code=failure.code)
            lines = grammar.help_lines(form.name)
            await self._answers.give(asker.way, blocks.message(help_text(lines, form.name, self._fmt)))
            return
        await self._fill(form, asking, offered, place, (id_, hash_))

    async def change(self, filled: Filled, acted: str, asker: Asker) -> None:
        """Show the line as it is now; where other choices follow from what was chosen, get them."""
        asking = Asking(self._world, asker.actor, asker.origin, filled.form.verbs[0], filled.state)
        anew = filled.loading or any(each.follows == acted for each in filled.form.fields)
        try:
            if not anew:
                await self._speaker.update_view(filled.id, filled.hash, filled.with_line(self._fmt))
                return
            offered = await self._choices(asking, [each for each in filled.form.fields if each.at_once])
            shown = view(filled.form, offered, filled.state, filled.place, self._fmt)
            hash_ = await self._speaker.update_view(filled.id, filled.hash, shown)
        except errors.SystemFailure as failure:
            log.info("a form was not updated", form=filled.form.name, code=failure.code)
            return
        await self._fill(filled.form, asking, offered, filled.place, (filled.id, hash_))

    async def _fill(
        self, form: Form, asking: Asking, offered: Offered, place: Place, shown: tuple[str, str]
    ) -> None:
        """Ask the systems for what can be chosen, and show it, unless the form was changed or closed since."""
        if not (slow := [each for each in form.fields if each.choices and not each.at_once]):
            return
        whole = {**offered, **await self._choices(asking, slow)}
        try:
            await self._speaker.update_view(*shown, view(form, whole, asking.state, place, self._fmt))
        except errors.SystemFailure as failure:
            log.info("a form was not filled", form=form.name, code=failure.code)

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
