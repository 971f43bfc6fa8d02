"""`python -m bot.pictures.draw`: a chart as JSON on standard input, a PNG on standard output. Nothing else loads it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache

from PIL import Image, ImageDraw, ImageFont
from pydantic import TypeAdapter

from bot.pictures.chart import Bar, Chart, Panel

WIDTH, MARGIN = 1200, 48  # pixels: sharp on a phone, where Slack shows it at a third of that
TITLE, TEXT, SMALL = 40, 28, 24
LINE, BARS = 44, 220  # heights of a line of text, and of the bars of a panel
PAPER, INK, FAINT = "#ffffff", "#1d1c1d", "#616061"
GOOD, BAD = (
    "#2f6fb0",
    "#c2410c",
)  # told apart by whoever sees no red or green, too; and the bad ones are striped
WIDEST, STRIPE = 110, 6
COLOURS = 32  # which make the file a third of the size
BELOW = 6  # a figure's name
GAP, LEAST = 10, 10  # between two labels, and the least size of a text


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


class Page:
    """A picture that is written from top to bottom."""

    def __init__(self, height: int) -> None:
        self.image = Image.new("RGB", (WIDTH, height), PAPER)
        self._draw = ImageDraw.Draw(self.image)
        self._y = MARGIN

    def line(self, text: str, size: int, colour: str, *, after: int = LINE - TEXT) -> None:
        self._write((MARGIN, self._y), text, self._fitting(text, size, WIDTH - 2 * MARGIN), colour)
        self._y += size + after

    def figure(self, name: str, value: str) -> None:
        self.line(name, SMALL, FAINT, after=BELOW)
        self.line(value, TEXT, INK)

    def panel(self, panel: Panel) -> None:
        self._y += LINE // 2
        self.line(panel.title, TEXT, INK)
        self._bars(panel.bars)
        self._y += BARS + LINE * 2

    def _bars(self, bars: Sequence[Bar]) -> None:
        most = max((bar.count for bar in bars), default=0) or 1
        slot = (WIDTH - 2 * MARGIN) / max(1, len(bars))
        for number, bar in enumerate(bars):
            self._bar(bar, MARGIN + number * slot, slot, most)

    def _bar(self, bar: Bar, left: float, slot: float, most: int) -> None:
        foot = self._y + LINE + BARS
        top, bad = foot - BARS * bar.count / most, foot - BARS * bar.bad / most
        middle, half = left + slot / 2, min(WIDEST, slot * 0.64) / 2
        inner, outer = middle - half, middle + half
        self._draw.rectangle((inner, top, outer, foot), fill=GOOD if bar.count else PAPER)
        self._stripes(inner, bad, outer, foot)
        told = f"{bar.count} ({bar.bad} failed)" if bar.bad else str(bar.count)
        self._centred(left, slot, top - SMALL - 8, told)
        self._centred(left, slot, foot + 6, bar.label)

    def _stripes(self, left: float, top: float, right: float, foot: float) -> None:
        y = foot
        while y > top:
            self._draw.rectangle((left, max(top, y - STRIPE), right, y), fill=BAD)
            y -= 2 * STRIPE

    def _centred(self, left: float, slot: float, y: float, text: str) -> None:
        size = self._fitting(text, SMALL, slot - GAP)
        self._write((left + (slot - self._width(text, size)) / 2, y), text, size, FAINT)

    def _fitting(self, text: str, size: int, room: float) -> int:
        """The size, or a smaller one in which the text has room."""
        return next((it for it in range(size, LEAST, -1) if self._width(text, it) <= room), LEAST)

    def _width(self, text: str, size: int) -> float:
        return self._draw.textlength(text, font=_font(size))

    def _write(self, at: tuple[float, float], text: str, size: int, colour: str) -> None:
        self._draw.text(at, text, font=_font(size), fill=colour)


def draw(chart: Chart) -> Image.Image:
    """The picture."""
    page = Page(_height(chart))
    page.line(chart.title, TITLE, INK)
    for name, value in chart.figures:
        page.figure(name, value)
    for panel in chart.panels:
        page.panel(panel)
    return page.image


def _height(chart: Chart) -> int:
    figures = len(chart.figures) * (SMALL + BELOW + LINE)
    return 2 * MARGIN + TITLE + LINE - TEXT + figures + len(chart.panels) * (BARS + LINE * 7 // 2)


def main() -> None:
    chart = TypeAdapter(Chart).validate_json(sys.stdin.buffer.read())
    draw(chart).quantize(COLOURS).save(sys.stdout.buffer, "PNG", optimize=True)


if __name__ == "__main__":
    main()
