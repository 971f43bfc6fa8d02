"""A built commit in one line, for a list of choices: plain text, which is nobody's markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.ask import Unknown
from deploy.core.units import age

if TYPE_CHECKING:
    from deploy.builds.fit import Fit
    from deploy.deploys.candidates import Candidate


def in_a_line(candidate: Candidate) -> str:
    """As in `3f2a1b9 Round VAT per line`."""
    return f"{candidate.ref} {candidate.commit.title}".strip()


def standing(candidate: Candidate, now: float) -> str:
    """By whom, since when, how it stands to what runs, and its image: `Marko, 42 min ago; 2 ahead; image checked`."""
    commit = candidate.commit
    parts = (
        f"{commit.author or commit.login or 'somebody'}, {age_of(commit.at, now)}",
        _ahead(candidate.ahead),
        _image(candidate.image),
    )
    return "; ".join(part for part in parts if part)


def age_of(at: float, now: float) -> str:
    return f"{age(now - at)} ago"


def _ahead(count: int | None) -> str:
    if count is None:
        return ""
    if count == 0:
        return "runs now"
    return f"{count} ahead" if count > 0 else f"{-count} behind"


def _image(image: Fit | Unknown) -> str:
    if isinstance(image, Unknown):
        return "image not known"
    return image.misfit or "image checked"
