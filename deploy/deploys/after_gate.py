"""The gate on images that must have run elsewhere first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.model import After, Offer, short
from deploy.core.reference import brief
from deploy.core.units import instant, minutes
from deploy.core.values import dataclass
from deploy.deploys.after_errors import NotLongEnough, NotOnTrial, TrialUnknown
from deploy.deploys.gate_report import Situation, Verdict, refuse
from deploy.deploys.offers import although

if TYPE_CHECKING:
    from deploy.core.model import Image, Target
    from deploy.deploys.errors import GateRefusal
    from deploy.deploys.steady import Steady, Trial

GATE = "after"


def tried(it: Situation) -> Verdict:
    """What goes back ran here, and must not wait for what runs elsewhere."""
    if it.going_back:
        return Verdict(GATE, "it ran here before")
    if it.image is None or it.target.after is None:
        return Verdict(GATE, "no image to look at")
    found = judged(it.target, it.target.after, it.commit.sha, it.image, it.trial)
    return Verdict(GATE, found) if isinstance(found, str) else _refused(it, found)


def judged(target: Target, wanted: After, sha: str, image: Image, trial: Trial | None) -> str | GateRefusal:
    """How long it ran where it must, or why that is not long enough."""
    asked = _Asked(target.name, wanted, short(sha))
    if trial is None or trial.steady is None:
        return asked.unknown("fisk has not looked there yet")
    steady = trial.steady
    if not steady.known(trial.now):
        return asked.unknown(f"nobody has looked since {instant(steady.seen)}")
    if not steady.digest:
        return asked.other(steady.why)
    if steady.digest not in {image.digest, image.manifest}:
        return asked.other(f"it runs {brief(steady.digest)}, another image")
    ran = trial.now - steady.since
    if ran < wanted.seconds:
        return asked.too_short(steady, ran)
    return f"{wanted.target} ran it healthy for {minutes(ran)}"


def _refused(it: Situation, refusal: GateRefusal) -> Verdict:
    """With the way past it."""
    sha, target, runs = short(it.commit.sha), it.target.name, short(it.running.sha)
    line = f"deploy {sha} --to {target} --force" + (f" --when-ran {runs}" if runs else "")
    asks = although((str(refusal),), target, sha, runs)
    refusal.offers = (Offer("Deploy it all the same", line, danger=True, asks=asks),)
    return refuse(GATE, refusal)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What refusals say of it."""

    target: str
    wanted: After
    sha: str

    @property
    def span(self) -> str:
        return minutes(self.wanted.seconds)

    def unknown(self, why: str) -> TrialUnknown:
        return TrialUnknown(
            sha=self.sha, source=self.wanted.target, target=self.target, span=self.span, why=why
        )

    def other(self, why: str) -> NotOnTrial:
        return NotOnTrial(
            sha=self.sha, source=self.wanted.target, target=self.target, span=self.span, why=why
        )

    def too_short(self, steady: Steady, ran: float) -> NotLongEnough:
        why = f" ({steady.why})" if steady.why else ""
        return NotLongEnough(
            sha=self.sha,
            source=self.wanted.target,
            target=self.target,
            ran=minutes(ran),
            since=f"{instant(steady.since)}{why}",
            span=self.span,
            left=minutes(self.wanted.seconds - ran),
        )
