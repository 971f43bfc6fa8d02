"""Whether the audit log is whole: which entries were removed, changed or cut off, as far as the log itself can tell.

What it cannot tell: whether its newest entries were cut off together with the note of the newest one, unless a copy
outside has them (deploy/engine/audit_copies.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from deploy.core.signing import Forged
from deploy.core.values import dataclass
from deploy.redis.chain import Link

if TYPE_CHECKING:
    from deploy.redis.chain import Chain, Chained


@dataclass(frozen=True, slots=True)
class Checked:
    """One chain of the log, from its `first` to its `last` entry; `wrong` says what does not fit, oldest first.

    Attributes:
        trimmed: how many entries were taken away by age or number, as the signed anchor says.
        copy: the file outside that it was compared with; empty where there is none.
    """

    name: str
    first: int
    last: int
    trimmed: int
    wrong: tuple[str, ...]
    copy: str = ""


@dataclass(slots=True)
class _Walk:
    """Goes through the entries, oldest first. `odd` counts those since the last good one that are not fisk's own."""

    link: Link
    first: int = 0
    odd: int = 0
    wrong: list[str] = field(default_factory=list)
    seen: dict[int, str] = field(default_factory=dict)

    def step(self, found: Chained | None) -> None:
        if found is None:
            self.odd += 1
            return
        self._compare(found)
        self.first = self.first or found.link.seq
        self.link, self.odd = found.link, 0
        self.seen[found.link.seq] = found.link.mac

    def _compare(self, found: Chained) -> None:
        before, now = self.link.seq, found.link.seq
        if now <= before:
            self.wrong.append(f"entry {now} stands after entry {before}")
        elif now > before + 1 or self.odd:
            self.gap(now)
        elif found.before != self.link.mac:
            self.wrong.append(f"entry {now} does not follow entry {before} as it stands here")

    def gap(self, upto: int) -> None:
        """What is between the last good entry and this one: entries that were changed, removed or put in."""
        lacking = upto - self.link.seq - 1
        changed = min(self.odd, lacking)
        if changed and changed == lacking:
            self.wrong.append(f"{_named(self.link.seq + 1, upto - 1)} changed")
        elif lacking:
            of_these = f" but for {changed} that cannot be believed" if changed else ""
            self.wrong.append(f"{_named(self.link.seq + 1, upto - 1)} removed{of_these}")
        if self.odd > lacking:
            self.wrong.append(
                f"{self.odd - lacking} put in after entry {self.link.seq} that fisk did not write"
            )


async def check(chain: Chain, copy: Mapping[int, str] | None = None, where: str = "") -> Checked:
    """Compare each entry with the one before, the first with the anchor, the last with the head; and all of them with
    a copy outside (each entry's MAC by its place), if there is one. Raises errors.StateUnavailable.
    """
    walk, wrong = _Walk(Link()), []
    try:
        walk.link = await chain.anchor()
    except Forged:
        wrong.append(
            "the note of what was trimmed changed, so what is missing before the first entry is not known"
        )
    trimmed = walk.link.seq
    async for _, found in chain.entries():
        if wrong and not walk.seen and found:
            walk.link = Link(found.link.seq - 1, found.before)
        walk.step(found)
    _end(walk, await chain.head())
    wrong += walk.wrong + (_beside(walk, copy, where) if copy else [])
    return Checked(chain.name, walk.first, walk.link.seq, trimmed, tuple(wrong), where)


def _end(walk: _Walk, head: Link | None) -> None:
    last = walk.link
    if head is None and (walk.seen or last.seq):
        walk.wrong.append("the note of the newest entry is gone")
    if head is not None and head.seq > last.seq:
        walk.gap(head.seq + 1)
    elif walk.odd:
        walk.gap(last.seq + 1)
    if head is not None and (head.seq < last.seq or (head.seq == last.seq and head.mac != last.mac)):
        walk.wrong.append(
            f"the note of the newest entry is about entry {head.seq}, not about entry {last.seq}"
        )


def _beside(walk: _Walk, copy: Mapping[int, str], where: str) -> list[str]:
    """What the copy has, and the log has not or has otherwise."""
    gone = [seq for seq in copy if seq > walk.link.seq]
    other = sorted(seq for seq, mac in walk.seen.items() if copy.get(seq, mac) != mac)
    lost = [f"{_named(min(gone), max(gone))} cut off: {where} has what is missing"] if gone else []
    return [*(f"entry {seq} is another one in {where}" for seq in other), *lost]


def _named(first: int, last: int) -> str:
    return f"entry {first} was" if first == last else f"entries {first} to {last} were"
