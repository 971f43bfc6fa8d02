"""A form as a value: its fields are a verb's parameters, and what is filled in is a line that one could have typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field

from commands import grammar
from commands.grammar import Invocation
from commands.grammar.written import Value, refused, with_gaps, written
from deploy.core import errors
from deploy.core.actor import Actor, Origin
from deploy.core.ask import Unknown
from deploy.core.values import dataclass
from deploy.world import World

VERB = "verb"  # the field that says which of a form's verbs is meant

State = Mapping[str, str]
"""What is filled in, by the fields' names; what is empty may be left out."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several: the word for the line, and what a person reads."""

    value: str
    label: str
    detail: str = ""


Choices = tuple[Choice, ...] | Unknown


@dataclass(frozen=True, slots=True)
class Asking:
    """Who fills in a form where, and what they have chosen so far."""

    world: World
    actor: Actor
    origin: Origin
    verb: type[Invocation]
    state: State = field(default_factory=dict)


Source = Callable[[Asking], Awaitable[Choices]]


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a form.

    Attributes:
        name: of its own in the form.
        label: as people read it.
        parameter: the verb's parameter that it fills; by default the one of the same name.
        choices: where it is a choice, of what.
        at_once: whether the choices are there without asking any system.
        follows: the field whose choice decides what can be chosen here.
        instead: the field whose value this one replaces, for what is typed and not chosen.
        hint: a line below it.
        none: what is said where there is nothing to choose.
        words: whether each word of what is typed is a value by itself.
    """

    name: str
    label: str
    parameter: str = ""
    choices: Source | None = None
    at_once: bool = False
    follows: str = ""
    instead: str = ""
    optional: bool = False
    hint: str = ""
    none: str = "There is none."
    words: bool = False

    @property
    def fills(self) -> str:
        return self.parameter or self.name


@dataclass(frozen=True, slots=True)
class Form:
    """What opens where `name` is typed and nothing else. Of several verbs the field VERB chooses."""

    name: str
    title: str
    submit: str
    verbs: tuple[type[Invocation], ...]
    fields: tuple[Field, ...]

    def verb(self, state: State) -> type[Invocation]:
        return next((each for each in self.verbs if each.typed == state.get(VERB)), self.verbs[0])

    def preview(self, state: State) -> str:
        """The line as far as it is known, with the names of what it still needs."""
        verb = self.verb(state)
        return written(verb.typed, verb.command, with_gaps(verb.command, self._values(state)))

    def line(self, state: State) -> tuple[Invocation, str]:
        """The line that was filled in. Raises Misfilled."""
        for each in self.fields:
            if not each.optional and not state.get(each.name, "").strip():
                raise Misfilled(each.name, "This is needed.")
        verb, values = self.verb(state), self._values(state)
        if found := refused(verb.command, values):
            parameter, why = found
            raise Misfilled(self.field_of(parameter, state), why)
        line = written(verb.typed, verb.command, values)
        try:
            return grammar.again(line), line
        except errors.NotUnderstood as error:
            raise Misfilled(self.fields[-1].name, error.failure.sentence) from None

    def field_of(self, parameter: str, state: State) -> str:
        """The field at which to say something about a parameter: the last one that was filled in, else the first."""
        mine = [each.name for each in self.fields if each.fills == parameter]
        filled = [name for name in mine if state.get(name)]
        return (filled[-1:] or mine or [self.fields[0].name])[0]

    def _values(self, state: State) -> dict[str, Value]:
        """The parameters' values. What is typed counts for more than what is chosen."""
        replaced = {each.instead for each in self.fields if each.instead and state.get(each.name)}
        texts: dict[str, tuple[str, ...]] = {}
        for each in self.fields:
            text = state.get(each.name, "").strip()
            if text and each.name not in replaced:
                given = tuple(text.split()) if each.words else (text,)
                texts[each.fills] = (*texts.get(each.fills, ()), *given)
        return {name: _value(given) for name, given in texts.items()}


def _value(given: tuple[str, ...]) -> Value:
    return given if len(given) > 1 else given[0]


class Misfilled(Exception):
    """What was filled in is no line: at which field, and why."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(why)
        self.name = name
        self.why = why
