"""What must be the same for an approved deploy to be the one that was approved."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from deploy.engine.kind import DIGITS

if TYPE_CHECKING:
    from deploy.core.model import Target
    from deploy.deploys.gate_report import GateReport
    from deploy.deploys.situation import Resolved


def is_way_back(resolved: Resolved, *, force: bool) -> bool:
    """Whether it is the way that the night must have: to the last release that was proven here, unforced."""
    return resolved.last and not force


def fingerprint(target: Target, resolved: Resolved, report: GateReport) -> str:
    """Of what runs, what will run, each gate's verdict and what was forced, and the target's settings."""
    runs = report.running
    verdicts = [[each.gate, each.stops, each.forced, each.warning] for each in report.verdicts]
    commit = [resolved.commit.sha, resolved.tag, report.digest, *report.others, resolved.released]
    about = [asdict(target), commit, [runs.sha, runs.of, *runs.others, runs.tag], verdicts, list(report.past)]
    return hashlib.sha256(json.dumps(about, default=sorted).encode()).hexdigest()[:DIGITS]
