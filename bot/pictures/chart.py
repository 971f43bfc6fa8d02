"""What is in a picture, as values: a process that draws gets them as JSON."""

from __future__ import annotations

from deploy.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """`bad` of its `count` are drawn apart."""

    label: str
    count: int
    bad: int


@dataclass(frozen=True, slots=True)
class Panel:
    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A title, figures by name, and panels of bars, from top to bottom. Texts are plain."""

    title: str
    figures: tuple[tuple[str, str], ...]
    panels: tuple[Panel, ...]
