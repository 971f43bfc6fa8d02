"""An operation under way: its headline, and a line for each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.words.format import so_far
from bot.words.timeline import StepView, Timeline
from deploy.core.parts import beside, own_name, part_of
from deploy.core.units import minutes
from deploy.deploys.arguments import LaterArguments
from deploy.engine.kind import fill
from deploy.kinds import KINDS

if TYPE_CHECKING:
    from bot.words.format import Format
    from deploy.core.model import Operation

MARKS = {"under way": "●", "done": "✓", "failed": "✗"}
TO_COME = "○"


def headline(operation: Operation, timeline: Timeline, now: float, fmt: Format) -> str:
    """`Deploying 3f2a1b9 "Round VAT per line" to app · @ana · ▰▰▱▱▱ 42 s of about 2 min`."""
    parts = [_doing(operation, timeline, fmt), fmt.person(operation.actor)]
    if not isinstance(operation.arguments, LaterArguments):  # which says until when
        parts.append(so_far(now - operation.created, operation.usual))
    if timeline.cancelled_by:
        parts.append(f"{fmt.person(timeline.cancelled_by)} asked to stop it")
    return " · ".join(parts)


def beginning(operation: Operation, fmt: Format) -> str:
    """`Deploying 3f2a1b9 to app · @ana · usually 2 min`, for messages that are not edited."""
    usual, why = operation.usual, operation.reason
    parts = [_doing(operation, Timeline(), fmt), fmt.person(operation.actor)]
    parts += [f"usually {minutes(usual)}"] if usual else []
    parts += [fmt.escape(why)] if why else []
    return f"{' · '.join(parts)}\n_{operation.id}_"


def _doing(operation: Operation, timeline: Timeline, fmt: Format) -> str:
    """With the resolved commit, else as typed; an unknown kind, from another version, by its name alone."""
    kind = KINDS.get(operation.kind)
    text = fill(kind.doing, operation.arguments, timeline.subject) if kind else operation.kind.capitalize()
    return fmt.escape(text)


def plan_title(operation: Operation, timeline: Timeline) -> str:
    """`Step 3 of 6: point`; once it has ended `6 steps in 2 min`."""
    shown, to_come = timeline.shown(KINDS.get(operation.kind)), timeline.to_come(KINDS.planned(operation))
    if timeline.outcome:
        count = "1 step" if len(shown) == 1 else f"{len(shown)} steps"
        return f"{count} in {minutes(timeline.finished - operation.created)}"
    now = f": {shown[-1].name}" if shown else ""
    return f"Step {max(1, len(shown))} of {len(shown) + len(to_come)}{now}"


def step_lines(operation: Operation, timeline: Timeline, fmt: Format, *, by: bool = False) -> list[str]:
    """`✓ gates   built in 18 min`, `● watch   Coolify: pulling the image`, `○ prove`; `by`: who told each note.

    The steps of a part of the story stand below its name.
    """
    lines: list[str] = []
    for part in parts(operation, timeline):
        steps = lines_of(part, operation, timeline, by=by)
        lines += [f"{part}:", *steps] if part and steps else steps
    return [fmt.escape(line) for line in lines]


def parts(operation: Operation, timeline: Timeline) -> tuple[str, ...]:
    """The whole story, as an empty name, and its parts."""
    begun = (step.name for step in timeline.steps)
    return tuple(dict.fromkeys(["", *map(part_of, KINDS.planned(operation)), *map(part_of, begun)]))


def lines_of(part: str, operation: Operation, timeline: Timeline, *, by: bool = False) -> list[str]:
    """A line for each step of a part, those to come too, not escaped yet."""
    kind = KINDS.get(operation.kind)
    told_by = {step.name: step.by for step in kind.steps} if by and kind else {}
    begun = [step for step in timeline.shown(kind) if part_of(step.name) == part]
    to_come = [name for name in timeline.to_come(KINDS.planned(operation)) if part_of(name) == part]
    lines = [
        _line(step, own_name(step.name), timeline, told_by.get(own_name(step.name), "")) for step in begun
    ]
    return [*lines, *(f"{TO_COME} {own_name(name)}" for name in to_come)]


def step_line(step: StepView, timeline: Timeline, fmt: Format) -> str:
    """By its whole name, for where a line stands alone."""
    return fmt.escape(_line(step, step.name, timeline))


def _line(step: StepView, name: str, timeline: Timeline, by: str = "") -> str:
    note = note_of(step, timeline)
    if by and step.state == "done":
        note = f"{note} (from {by})" if note else f"from {by}"
    return f"{MARKS[step.state]} {name}" + (f"   {note}" if note else "")


def note_of(step: StepView, timeline: Timeline) -> str:
    """What a step says of itself: its failure, what is going on in it, or its result."""
    if step.state == "failed" and step.error:
        return step.error.sentence
    if step.state == "under way":
        return beside(step.name, timeline.progress if step is timeline.steps[-1] else step.note)
    return step.note
