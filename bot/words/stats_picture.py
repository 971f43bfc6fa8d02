"""The picture of `stats`: the same figures and bars, and a text for whoever does not see it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.pictures.chart import Bar, Chart, Panel
from bot.words.registry import Picture, reply_picture
from bot.words.stats import figures, heading
from commands.stats import StatsTable
from deploy.core.visible import visible

if TYPE_CHECKING:
    from deploy.stats.stats import Stats


@reply_picture.register(StatsTable)
def picture(reply: StatsTable) -> Picture | None:
    """None where there is no bar to draw."""
    panels = tuple(each for each in _panels(reply.stats) if any(bar.count for bar in each.bars))
    if not panels:
        return None
    title = visible(heading(reply.stats))
    chart = Chart(title, tuple(figures(reply.stats)), panels)
    return Picture("stats.png", title, _alt(chart), chart)


def _panels(it: Stats) -> Iterator[Panel]:
    deploys = (Bar(each.day, each.deploys, each.failed) for each in it.recorded)
    yield Panel(f"Deploys by {it.by}", tuple(deploys))
    builds = (Bar(each.day, each.good + each.bad, each.bad) for each in it.listed)
    yield Panel(f"Builds by {it.by}", tuple(builds))


def _alt(chart: Chart) -> str:
    told = [chart.title, *(f"{name}: {value}" for name, value in chart.figures), *map(_said, chart.panels)]
    return " ".join(f"{each}." for each in told)


def _said(panel: Panel) -> str:
    bars = (f"{bar.label} {bar.count}" + (f" with {bar.bad} failed" if bar.bad else "") for bar in panel.bars)
    return f"{panel.title}: {', '.join(bars)}"
