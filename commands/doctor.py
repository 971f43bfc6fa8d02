"""doctor [--all] [--json]: every rule of the build authority, checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.grammar import doctor as grammar
from commands.reply import Reply
from commands.request import Request, runs
from deploy.core.values import dataclass
from deploy.doctor.examine import examine
from deploy.doctor.verdicts import Finding, Verdict

if TYPE_CHECKING:
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class Diagnosis(Reply):
    """`at` is the store's time, `seconds` the duration; `every`: list the rules that hold, too."""

    rules: tuple[Finding, ...]
    at: float
    seconds: float
    every: bool = False
    as_json: bool = False

    @property
    def failed(self) -> bool:
        """Whether a rule is broken; an unknown verdict is not a failure."""
        return bool(self.of("broken"))

    def of(self, verdict: Verdict) -> tuple[Finding, ...]:
        return tuple(each for each in self.rules if each.verdict == verdict)


@runs(grammar.Doctor)
async def run(asked: grammar.Doctor, _request: Request, world: World) -> Diagnosis:
    """Check all rules now. Raises errors.StateUnavailable."""
    seen = await examine(world)
    return Diagnosis(seen.findings, seen.at, seen.seconds, asked.every, asked.as_json)
