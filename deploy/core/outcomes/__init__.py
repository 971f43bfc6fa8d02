"""How an operation ends: what every outcome is, and the ends that every kind has. A feature's own stand with it."""

from __future__ import annotations

from deploy.core.outcomes.ends import Abandoned, Cancelled, Completed, Failed, Refused
from deploy.core.outcomes.outcome import Outcome, Status

__all__ = ["ENDS", "Abandoned", "Cancelled", "Completed", "Failed", "Outcome", "Refused", "Status"]

ENDS: tuple[type[Outcome], ...] = (Completed, Refused, Failed, Cancelled, Abandoned)
