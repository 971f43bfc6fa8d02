"""Names of steps: a step of a part of a story is called `PART: STEP`, one of the whole story by its own name."""

from __future__ import annotations

PART = ": "


def own_name(step: str) -> str:
    """A step as its kind lists it, without the part of the story that it is of."""
    return step.rpartition(PART)[2]


def part_of(step: str) -> str:
    """The part of the story that a step is of; empty: the whole."""
    return step.rpartition(PART)[0]


def beside(step: str, text: str) -> str:
    """A report as it is shown beside this step: without the part's name, where that is the step's."""
    return text.removeprefix(f"{part_of(step)}{PART}") if part_of(step) else text
