"""The input and the verdicts of gates, as values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from deploy.builds.unbuilt import Unbuilt
from deploy.core.compose_model import Project
from deploy.core.model import (
    Application,
    Build,
    Commit,
    Comparison,
    Deployment,
    Failure,
    Hold,
    Image,
    Running,
    Target,
)
from deploy.core.reference import Reference
from deploy.core.units import plural
from deploy.core.values import dataclass
from deploy.deploys.migrations import NONE, Migrations
from deploy.deploys.origin import Evidence
from deploy.deploys.silence import Silence
from deploy.deploys.steady import Trial

if TYPE_CHECKING:
    from deploy.deploys.errors import GateRefusal


RUNS_ALREADY = "runs_already"  # the code of that refusal


@dataclass(frozen=True, slots=True)
class Situation:
    """The input of the gates; `going_back` is set for a rollback, which may go to an older commit.

    Attributes:
        to_main: main seen from the commit (`ahead`: the commit is on main); None where GitHub does not answer.
        since: the commit seen from what runs; None where it is unknown what runs.
        build: the build that speaks for the commit, if there is one.
        building: the progress of a build that is under way.
        evidence: whether the image is the commit's build; None where there is no image.
        label_counts: whether the image's label is about this repository.
        released: whether it is the image of a release.
        unbuilt: why there is none; looked up only where there is no image either.
        left_out: it was built, but not for this target: no job of its build pushed the target's image.
        ancestor: the nearest built commit; looked up where one of these two says why there is no image.
        active: the application's deployments that are under way in Coolify.
        silence: on a way back, how these show no sign of life, and can be cancelled; None where they do, or cannot.
        now: when this was looked up; 0 where ages are not to be told.
        holds: by people and by fisk.toml, of this target.
        passes: the names of those that it goes past: `hold`, `freeze`.
        migrations: those between what runs and the commit.
        project: what is there, where compose runs the target, and no `application`.
        busy: whether compose is at work on it.
        others: the target's further images, each as far as the gates on images look.
        trial: what was seen where the image must have run first; None where the target asks for nothing.
    """

    target: Target
    branch: str
    commit: Commit
    tag: str
    to_main: Comparison | None
    since: Comparison | None
    build: Build | None
    image: Image | None
    ancestor: Commit | None
    application: Application | None
    running: Running
    active: tuple[Deployment, ...]
    abilities: frozenset[str]
    building: str = ""
    going_back: bool = False
    evidence: Evidence | None = None
    label_counts: bool = True
    released: bool = False
    unbuilt: Unbuilt | None = None
    left_out: bool = False
    silence: Silence | None = None
    now: float = 0
    holds: tuple[Hold, ...] = ()
    passes: tuple[str, ...] = ()
    migrations: Migrations = NONE
    trial: Trial | None = None
    project: Project | None = None
    busy: bool = False
    others: tuple[Further, ...] = ()

    @property
    def configured(self) -> Application:
        """As Coolify has it. Raises TypeError where Coolify does not run the target."""
        if self.application is None:
            raise TypeError(f"Coolify does not run {self.target.name}")
        return self.application

    @property
    def reference(self) -> Reference | None:
        """The image that the next deployment from anywhere would run; None where that names none."""
        if self.application is not None:
            return self.application.reference
        name, tag = self.target.image, self.project.set_to if self.project else ""
        return Reference(name, tag) if tag else None

    def of_image(self, it: Further) -> Situation:
        """The same, as far as one of the target's further images goes."""
        return replace(
            self,
            target=self.target.of_image(it.name),
            image=it.image,
            evidence=it.evidence,
            label_counts=it.label_counts,
            left_out=it.left_out,
        )


@dataclass(frozen=True, slots=True)
class Further:
    """One of the target's images beside its first, for the same commit; the fields are those of Situation."""

    name: str
    image: Image | None
    evidence: Evidence | None = None
    label_counts: bool = True
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """One gate's verdict: `error` where it refuses, `forced` where that was overridden, `warning` otherwise."""

    gate: str
    note: str
    error: Failure | None = None
    forceable: bool = False
    forced: bool = False
    warning: bool = False

    @property
    def stops(self) -> bool:
        return self.error is not None and not self.forced


def refuse(gate: str, error: GateRefusal) -> Verdict:
    """The verdict of a gate that refuses."""
    return Verdict(gate, str(error), error.failure, forceable=error.forceable)


@dataclass(frozen=True, slots=True)
class GateReport:
    """All verdicts on one deploy, with the lookups that later steps need.

    `weak`: why only a tag says that the image is the commit's; empty where the log of its build does.
    `migrations`: those between what runs and the commit.
    `past`: the deployments without a sign of life that somebody chose to go past; they are cancelled first.
    `others`: the digests of the target's further images, in their order.
    """

    verdicts: tuple[Verdict, ...]
    running: Running
    digest: str = ""
    commits: tuple[Commit, ...] = ()
    past: tuple[str, ...] = ()
    weak: str = ""
    migrations: Migrations = NONE
    others: tuple[str, ...] = ()

    @property
    def refusals(self) -> tuple[Failure, ...]:
        """The refusals that were not overridden, the most important first."""
        return tuple(verdict.error for verdict in self.verdicts if verdict.error and verdict.stops)

    @property
    def changes_nothing(self) -> bool:
        """Whether it is refused for nothing but that exactly this runs already."""
        return [each.code for each in self.refusals] == [RUNS_ALREADY]

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(verdict.note for verdict in self.verdicts if verdict.warning or verdict.forced)

    @property
    def note(self) -> str:
        """The number of refusals; else the main findings and all warnings."""
        if self.refusals:
            return f"{plural(len(self.refusals), 'gate')} of {len(self.verdicts)} said no"
        found = {verdict.gate: verdict.note for verdict in self.verdicts}
        relevant = [found[gate] for gate in ("build", "platform", "direction") if gate in found]
        return "; ".join(dict.fromkeys([*relevant, *self.warnings]))
