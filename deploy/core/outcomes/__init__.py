"""How an operation ends: the base of all outcomes, and those that every kind has. Others are in the features."""

from __future__ import annotations

from deploy.core.outcomes.ends import Abandoned, Cancelled, Completed, Failed, Refused
from deploy.core.outcomes.outcome import Outcome, Status

__all__ = ["ENDS", "Abandoned", "Cancelled", "Completed", "Failed", "Outcome", "Refused", "Status"]

ENDS: tuple[type[Outcome], ...] = (Completed, Refused, Failed, Cancelled, Abandoned)
