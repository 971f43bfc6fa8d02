"""Applies a plan in idempotent steps: plan, previews, production, remove, read back.

Values live in this process only. The journal has keys and marks; a run that resumes reads both sides again.
A value is written only where it, and what it goes onto, still are what was confirmed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.units import plural
from deploy.core.values import dataclass
from deploy.env.backup import Backup
from deploy.env.compare import INTERFERED, UNTOLD, ReadBack, compare, lines_of
from deploy.env.errors import PlanChanged
from deploy.env.marks import Marks
from deploy.env.order import Entry, Order, Planned
from deploy.env.outcomes import Line
from deploy.env.previews import doubles, previews_made
from deploy.env.propose import Sides, look, proposal
from deploy.env.write import Failed, Writer, patiently
from deploy.systems.coolify.values import Variable, first_of_each

if TYPE_CHECKING:
    from deploy.engine.engine import Op
    from deploy.world import World

MOVED = "the source changed it meanwhile"


@dataclass(frozen=True, slots=True)
class Acted:
    """What a step could not do, with its reason."""

    failed: tuple[Line, ...] = ()

    @property
    def note(self) -> str:
        return f"{plural(len(self.failed), 'variable')} failed" if self.failed else ""

    @property
    def reasons(self) -> Failed:
        return {(line.key, line.preview): line.why for line in self.failed}


class Application:
    """One run of one order. `prefix` keeps the steps of a way back apart from those of the way there, and `begun`
    is what that was to do: nothing else is taken back, since nobody confirms it.
    """

    def __init__(
        self, world: World, op: Op, order: Order, prefix: str = "", begun: Planned | None = None
    ) -> None:
        self._world = world
        self._op = op
        self._order = order
        self._prefix = prefix
        self._begun = begun
        self._marks = Marks(world.memory.seal)
        self._failed: Failed = {}
        # Whether something may have been sent a second time: by a resume, or by a run that took another one's over.
        self._again = bool(order.base) or not op.was_at("")
        self._sides: Sides | None = None
        self._just_seen: Sequence[Variable] | None = None
        self._writer: Writer | None = None

    async def plan(self, *, keep: bool) -> Planned:
        """Make the plan; with `keep`, back up the target's variables before anything is written."""
        return await self._op.step(f"{self._prefix}plan", Planned, lambda: self._planned(keep=keep))

    async def apply_plan(self, planned: Planned) -> ReadBack:
        await self.act(planned)
        return await self.read_back(planned)

    async def act(self, planned: Planned) -> None:
        """Previews first, so that no production variable gets a new preview in place of one; then what is to go."""
        await self._acting("copy previews", lambda: self._write(planned, preview=True))
        await self._acting("copy production", lambda: self._write(planned, preview=False))
        await self._acting("remove", lambda: self._remove(planned))

    async def _acting(self, name: str, run: Callable[[], Awaitable[Acted]]) -> None:
        """Run one step, and record its failures for the read-back, even where a later step raises."""
        acted = await self._op.step(f"{self._prefix}{name}", Acted, run)
        self._failed = acted.reasons | self._failed

    async def read_back(self, planned: Planned, *, name: str = "read back") -> ReadBack:
        return await self._op.step(f"{self._prefix}{name}", ReadBack, lambda: self._compare(planned))

    async def look(self, planned: Planned) -> ReadBack:
        """Read back after a failure, as far as Coolify answers."""
        with self._op.undoing():
            try:
                return await self.read_back(planned, name="look")
            except errors.FiskError:
                acts = planned.of("add", "change", "remove")
                return ReadBack(lines_of({it.name: self._failed.get(it.name, UNTOLD) for it in acts}))

    # --- plan

    async def _planned(self, *, keep: bool) -> Planned:
        sides = await self._look()
        made = proposal(self._world, self._order, sides, self._marks)
        # the way back of a stopped copy asks nobody
        if self._begun is None and made.sure != self._order.sure:
            raise PlanChanged(line=self._order.again)
        if keep:
            await self._world.memory.stores.of(Backup).keep(self._op.operation.id, sides.before)
        return (
            made.planned
            if self._begun is None
            else self._what_was_begun(self._begun, made.planned, sides.target)
        )

    def _what_was_begun(self, begun: Planned, planned: Planned, rows: Sequence[Variable]) -> Planned:
        """What of a way back undoes what was begun. What somebody else made of it meanwhile is left alone."""
        acts = {entry.name: entry for entry in begun.of("add", "change", "remove")}
        stayed = {row.name for row in previews_made(begun, rows, self._marks)}
        entries = [
            entry
            if entry.name in stayed or entry.target in {acts[entry.name].source, acts[entry.name].target}
            else replace(entry, fate="cannot", why=INTERFERED)
            for entry in planned.entries
            if entry.name in {*acts, *stayed}
        ]
        return replace(planned, entries=tuple(entries))

    # --- write

    async def _write(self, planned: Planned, *, preview: bool) -> Acted:
        entries = [entry for entry in planned.of("add", "change") if entry.preview is preview]
        if not entries:
            return Acted()
        writer = await self._writing()
        rows = await self._target_now(writer)
        stayed = {row.name for row in previews_made(planned, rows, self._marks)}  # of a run before this one
        source = first_of_each((await self._look()).source)
        target = first_of_each(row for row in rows if row.name not in stayed)
        failed: Failed = {}
        due: list[Variable] = []
        for entry in entries:
            wanted, there = source.get(entry.name), target.get(entry.name)
            why = self._obstacle(entry, wanted, there)
            if why:
                failed[entry.name] = why
            elif wanted and (there is None or self._marks.of(there) != entry.source):
                due.append(wanted)
        failed |= await writer.write(due)
        return Acted(lines_of(failed))

    async def _target_now(self, writer: Writer) -> Sequence[Variable]:
        """The target's variables: as read for the plan, for the first use; read again after a write."""
        rows, self._just_seen = self._just_seen, None
        return await writer.read() if rows is None else rows

    def _obstacle(self, entry: Entry, wanted: Variable | None, there: Variable | None) -> str:
        """Why a variable must not be written: it differs from what was confirmed; empty where it does not."""
        if self._marks.of(wanted) != entry.source:
            return MOVED
        return INTERFERED if self._marks.of(there) not in {entry.source, entry.target} else ""

    # --- remove

    async def _remove(self, planned: Planned) -> Acted:
        """What is to go, and what Coolify made besides when this plan was carried out."""
        going = {entry.name: entry.target for entry in planned.of("remove")}
        again = self._again or (self._writer is not None and self._writer.again)
        if not (going or planned.previews_made or self._failed or again):
            return Acted()
        writer = await self._writing()
        rows = await writer.read()
        theirs = {
            row.name: INTERFERED
            for row in rows
            if row.name in going and self._marks.of(row) != going[row.name]
        }
        due = [row for row in rows if row.name in going and row.name not in theirs]
        due += [
            row
            for row in previews_made(planned, rows, self._marks)
            if self._failed.get(row.name) != INTERFERED
        ]
        due += doubles(planned, rows, self._marks)
        return Acted(lines_of(theirs | await writer.remove(due)))

    # --- read back

    async def _compare(self, planned: Planned) -> ReadBack:
        return compare(planned, await self._look_anew(), self._failed, self._marks)

    # --- what they share

    async def _look(self) -> Sides:
        """Both sides as this run first saw them; a run that resumes sees them anew."""
        if self._sides is None:
            self._sides = await self._look_anew()
            self._just_seen = self._sides.target
        return self._sides

    async def _look_anew(self) -> Sides:
        return await patiently(self._op, lambda: look(self._world, self._order))

    async def _writing(self) -> Writer:
        if self._writer is None:
            dialect = (await self._look()).dialect
            self._writer = Writer(self._world, self._op, self._order.target, dialect)
        return self._writer
