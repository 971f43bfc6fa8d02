"""stats."""

from __future__ import annotations

import click

from commands.grammar.syntax import Invocation, is_duration, seconds_of, two_at_most, verb
from deploy.core.errors import NotUnderstood
from deploy.core.values import dataclass

USUAL = "30d"
DAY = 86_400


def _period_and_target(ctx: click.Context, param: click.Parameter, words: tuple[str, ...]) -> tuple[str, ...]:
    """The period, and the target where one is named, whichever was typed first. Raises errors.NotUnderstood."""
    typed = two_at_most(ctx, param, words)
    periods = [word for word in typed if is_duration(word)]
    names = [word for word in typed if word not in periods]
    for extra in (*periods[1:], *names[1:]):
        raise NotUnderstood(what=f"`{extra}` is one word too many.")
    period, *_ = (*periods, USUAL)
    if seconds_of(period) < DAY:
        raise NotUnderstood(what=f"`{period}` is too short for figures: give at least `1d`.")
    return (period.lower(), *names)


@verb("stats", "see the figures")
@click.argument("words", nargs=-1, metavar="[30d] [TARGET]", callback=_period_and_target)
@dataclass(frozen=True, slots=True)
class Stats(Invocation):
    """How often, how fast and how well is deployed, and how builds fare, as text and as a picture."""

    words: tuple[str, ...]

    @property
    def seconds(self) -> int:
        """The period, back from now."""
        return seconds_of(self.words[0])

    @property
    def name(self) -> str:
        """The target's; empty where none is named."""
        return self.words[1] if len(self.words) > 1 else ""
