"""What Coolify made and nobody asked for: previews of a plan's production variables, and a variable twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from deploy.systems.coolify.values import Variable, first_of_each

if TYPE_CHECKING:
    from deploy.env.marks import Marks
    from deploy.env.order import Planned


def previews_made(planned: Planned, rows: Sequence[Variable], marks: Marks) -> tuple[Variable, ...]:
    """Those of an application's variables that are such previews, and not what the plan wants there.

    A preview says what its production variable says, and that one is as this plan made it: any other is somebody's own.
    """
    wanted = {entry.name: entry.source for entry in planned.of("add")}
    possible = {*planned.previews_made, *(key for key, preview in wanted if preview)}
    made = {
        row.key: row.text
        for row in first_of_each(rows).values()
        if row.key in possible and not row.preview and marks.of(row) == wanted.get(row.name)
    }
    return tuple(
        row
        for row in rows
        if row.preview and row.text == made.get(row.key) and marks.of(row) != wanted.get(row.name)
    )


def doubles(planned: Planned, rows: Sequence[Variable], marks: Marks) -> tuple[Variable, ...]:
    """Those that repeat a variable of this plan: Coolify goes on with a request that nobody waits for any more, and
    looks only at its beginning for what is there.
    """
    wanted = {entry.name: entry.source for entry in planned.of("add")}
    alike = [row for row in rows if marks.of(row) == wanted.get(row.name)]
    firsts = {row.uuid for row in first_of_each(alike).values()}
    return tuple(row for row in alike if row.uuid not in firsts)
