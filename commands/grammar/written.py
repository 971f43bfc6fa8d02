"""A line from the values of a verb's parameters, and which of them the grammar does not take."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

import click

from deploy.core.errors import NotUnderstood

Value = str | bool | tuple[str, ...]
SENTENCES = frozenset({"TEXT", "REASON"})  # the metavars of options whose value is a person's own words


def written(typed: str, command: click.Command, values: Mapping[str, Value]) -> str:
    """The line that gives a verb's parameters these values; `typed` is the verb as typed.

    A shell and `again` parse it back into the same ones.
    """
    words = (word for each in command.params for word in _words(each, values.get(str(each.name), "")))
    return " ".join([typed, *words])


def _words(parameter: click.Parameter, value: Value) -> Iterator[str]:
    if isinstance(parameter, click.Option) and parameter.is_flag:
        yield from parameter.opts[:1] if value else ()
        return
    for text in _texts(value):
        yield _option(parameter, text) if isinstance(parameter, click.Option) else shlex.quote(text)


def _texts(value: Value) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (str(value),) if value else ()


def _option(option: click.Option, text: str) -> str:
    """A sentence is one word with its option (`--reason=…`), so that one that begins with a dash is no option."""
    joined = option.hidden or option.metavar in SENTENCES
    return f"{option.opts[0]}{'=' if joined else ' '}{shlex.quote(text)}"


def refused(command: click.Command, values: Mapping[str, Value]) -> tuple[str, str] | None:
    """The first parameter whose value the grammar does not take, and why not; None where it takes all."""
    context = click.Context(command)
    for each in command.params:
        value = values.get(str(each.name))
        if why := _why_not(context, each, value):
            return str(each.name), why
    return None


def _why_not(context: click.Context, parameter: click.Parameter, value: Value | None) -> str:
    if isinstance(parameter, click.Argument) and any(each.startswith("-") for each in _texts(value or "")):
        return "It begins with a dash, as only options do."
    several = parameter.nargs == -1 or parameter.multiple
    given = {} if not value else {str(parameter.name): _texts(value) if several else value}
    try:
        parameter.handle_parse_result(context, given, [])
    except click.MissingParameter:
        return "This is needed."
    except NotUnderstood as error:
        return error.failure.sentence
    except click.UsageError as error:
        return error.format_message()
    return ""


def with_gaps(command: click.Command, values: Mapping[str, Value]) -> dict[str, Value]:
    """The values, with what is still needed as usage has it: `SHA`."""
    gaps = {
        str(each.name): (each.metavar or str(each.name).upper()).partition("|")[0]
        for each in command.params
        if each.required and not values.get(str(each.name))
    }
    return {**values, **gaps}
