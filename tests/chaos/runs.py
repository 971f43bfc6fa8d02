"""Plays plans, judges what came of them, and writes down those that failed, so that they can be played again."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.chaos.checker import Problem, check
from tests.chaos.known import KNOWN
from tests.chaos.plan import Plan
from tests.chaos.play import play

if TYPE_CHECKING:
    from tests.chaos.history import Run
    from tests.chaos.play import Played

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".chaos"


@dataclass(frozen=True, slots=True)
class Judged:
    """A plan that was played. `known` are problems that are expected today, `missed` the faults that did not come."""

    plan: Plan
    problems: tuple[Problem, ...]
    known: tuple[Problem, ...]
    missed: tuple[str, ...]
    figures: dict[str, int]

    @property
    def told(self) -> str:
        """Its problems, and how to play it again."""
        found = "\n".join(f"  {problem}" for problem in self.problems)
        return f"{self.plan.topology}, seed {self.plan.seed}:\n{found}\nscripts/chaos --from {file_of(self.plan)}"


async def judge(plan: Plan) -> Judged:
    """Play a plan; one with problems is written down."""
    played = await play(plan)
    found = check(played.history)
    judged = Judged(
        plan,
        tuple(problem for problem in found if (plan.topology, problem.promise) not in KNOWN),
        tuple(problem for problem in found if (plan.topology, problem.promise) in KNOWN),
        tuple(f"{fault.what} at {fault.when}" for fault in played.missed),
        _figures(plan, played),
    )
    if judged.problems:
        _write_down(judged, played)
    return judged


async def holds(plan: Plan) -> None:
    """Fails with what did not hold."""
    judged = await judge(plan)
    assert not judged.problems, judged.told


def file_of(plan: Plan) -> Path:
    return FOLDER / f"{plan.topology}-{plan.lease:g}-{plan.seed}.json"


def read(file: Path) -> tuple[Plan, tuple[str, ...]]:
    """A plan that was written down, and the faults whose moment did not come when it was first played."""
    told: dict[str, Any] = json.loads(file.read_text())
    return Plan.of(told["plan"]), tuple(told.get("missed", ()))


def not_repeated(judged: Judged, missed_before: tuple[str, ...]) -> tuple[str, ...]:
    """The faults that came when it was first played, and not now."""
    return tuple((Counter(judged.missed) - Counter(missed_before)).elements())


def _write_down(judged: Judged, played: Played) -> None:
    FOLDER.mkdir(exist_ok=True)
    history = {
        name: part
        for name, part in asdict(played.history).items()
        if name not in {"texts", "secrets", "seen"}
    }
    told = {
        "plan": asdict(judged.plan),
        "missed": judged.missed,
        "problems": [str(problem) for problem in judged.problems],
        "history": history,
    }
    file_of(judged.plan).write_text(json.dumps(told, indent=1, default=str))
    for place, text in played.history.texts.items():
        if place.startswith("bot-"):
            file_of(judged.plan).with_suffix(f".{place}").write_text(text)


def _figures(plan: Plan, played: Played) -> dict[str, int]:
    history = played.history
    return {
        "lines": len(history.typed),
        "lines acknowledged": sum(typed.acked for typed in history.typed),
        "operations": len({run.id for run in history.runs}),
        "deployments": len(history.rollouts),
        "takeovers": sum(map(_takeovers, {run.id: run for run in history.runs}.values())),
        "faults": len(plan.faults) - len(played.missed),
    }


def _takeovers(run: Run) -> int:
    return max(0, len(run.runners) - 1)
