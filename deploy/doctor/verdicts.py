"""What a rule says once it was checked."""

from __future__ import annotations

from typing import Literal

from deploy.core.values import dataclass

Verdict = Literal["holds", "broken", "unknown"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with what it rests on: for `unknown` the evidence says why nobody can tell."""

    verdict: Verdict
    evidence: str
    fix: str = ""


def holds(evidence: str) -> Judgement:
    return Judgement("holds", evidence)


def broken(evidence: str, fix: str) -> Judgement:
    return Judgement("broken", evidence, fix)


def unknown(why: str, fix: str = "") -> Judgement:
    return Judgement("unknown", why, fix)


def must(good: bool, evidence: str, fix: str) -> Judgement:  # noqa: FBT001 (it is what the sentence is about)
    """Holds or is broken, by the same evidence."""
    return holds(evidence) if good else broken(evidence, fix)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule with its verdict. `id` is `AREA.NAME`, with `:THING` where there are several; it took `seconds`.

    `source` says who was asked; empty where nobody was.
    """

    id: str
    title: str
    verdict: Verdict
    evidence: str
    fix: str = ""
    seconds: float = 0
    source: str = ""

    @property
    def area(self) -> str:
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Examination:
    """All findings in the order of the rules; `at` in server seconds, it took `seconds`."""

    findings: tuple[Finding, ...]
    at: float
    seconds: float

    def of(self, verdict: Verdict) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.verdict == verdict)
