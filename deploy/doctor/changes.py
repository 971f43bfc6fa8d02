"""What changed since the doctor's last check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from deploy.core.values import dataclass
from deploy.doctor.verdicts import Finding, Verdict


@dataclass(frozen=True, slots=True)
class Change:
    """A rule whose verdict changed. `was` is `holds` for a rule that was not checked before."""

    was: Verdict
    finding: Finding


@dataclass(frozen=True, slots=True)
class News:
    """The changes that one check found; `at` (the store's time in seconds) identifies the check."""

    at: float
    changes: tuple[Change, ...]


def compare(before: Mapping[str, Verdict], findings: Iterable[Finding]) -> tuple[Change, ...]:
    """What changed, in the order of the rules; rules that no longer exist are ignored."""
    changes = (Change(before.get(each.id, "holds"), each) for each in findings)
    return tuple(change for change in changes if change.was != change.finding.verdict)
