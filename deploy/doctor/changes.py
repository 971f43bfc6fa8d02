"""What is otherwise than at the doctor's last look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.doctor.verdicts import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Change:
    """A rule whose verdict is another one. `was` is `holds` for a rule that nobody looked at before."""

    was: Verdict
    finding: Finding


@dataclass(frozen=True, slots=True)
class News:
    """The changes that one look of the doctor found; `at` (server seconds) tells one look from another."""

    at: float
    changes: tuple[Change, ...]


def compare(before: Mapping[str, Verdict], findings: Iterable[Finding]) -> tuple[Change, ...]:
    """What changed, in the order of the rules; a rule that there is no more is no change."""
    changes = (Change(before.get(each.id, "holds"), each) for each in findings)
    return tuple(change for change in changes if change.was != change.finding.verdict)
