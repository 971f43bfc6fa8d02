"""A step of a job: its values with their expressions resolved, and what is found in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from deploy.core.values import dataclass
from deploy.doctor.workflows.acts import RUNNER
from deploy.doctor.workflows.buildx import Builders
from deploy.doctor.workflows.expressions import value_of
from deploy.doctor.workflows.found import Found
from deploy.doctor.workflows.metadata import Happening
from deploy.doctor.workflows.model import Deploys, Emulation, ImageBuild, resolved
from deploy.doctor.workflows.values import Open
from deploy.doctor.workflows.yaml_file import table, text_of


@dataclass(frozen=True, slots=True)
class Setting:
    """What all jobs of a workflow have in common. `file` gives a parsed file of the repository, None where there is
    none to read.
    """

    found: Found
    file: Callable[[str, Found], Mapping[Any, Any] | None]
    now: Happening
    repository: str


@dataclass(slots=True)
class Job:
    """One job of a matrix, or the only one, while its steps are walked."""

    name: str
    labels: tuple[str, ...]
    setting: Setting
    shell: str = ""
    doubt: str = ""
    builders: Builders = field(default_factory=Builders)
    tags: tuple[str, ...] = ()  # of the newest docker/metadata-action
    depth: int = 0


@dataclass(slots=True)
class Step:
    job: Job
    raw: Mapping[Any, Any]
    contexts: dict[str, Any]
    outer: dict[str, Any]  # the job's contexts, which those after it see
    own_doubt: str  # why nobody can tell whether it runs where its job does
    place: int

    @property
    def doubt(self) -> str:
        return self.job.doubt or self.own_doubt

    @property
    def uses(self) -> str:
        return text_of(self.raw.get("uses")).strip()

    @property
    def name(self) -> str:
        return text_of(self.raw.get("name")) or self.uses or f"number {self.place}"

    @property
    def at(self) -> str:
        return f"job {self.job.name}, step {self.name}"

    @property
    def found(self) -> Found:
        return self.job.setting.found

    @property
    def ordinary(self) -> bool:
        return self.job.setting.now.branch is not None

    # --- values

    def text(self, value: Any) -> str:
        """A value with its expressions resolved, as far as that is possible."""
        found = value_of(value, self.contexts)
        return "\n".join(text_of(each) for each in found) if isinstance(found, list) else text_of(found)

    def given(self, name: str) -> str:
        return self.text(table(self.raw.get("with")).get(name)).strip()

    def lines(self, name: str) -> list[str]:
        return [line.strip() for line in self.given(name).splitlines() if line.strip()]

    def several(self, name: str) -> list[str]:
        """A list as actions take it: separated by line ends, or by commas that are not inside an expression."""
        parts = [
            part for line in self.lines(name) for part in (line.split(",") if resolved(line) else [line])
        ]
        return [part.strip() for part in parts if part.strip()]

    def outputs(self, values: Mapping[str, Any]) -> None:
        """What later steps see of this one."""
        if key := text_of(self.raw.get("id")):
            before = self.outer["steps"].get(key, {}).get("outputs", {})
            told = Open({"outputs": Open({**before, **values})})
            if not self.own_doubt and not self.raw.get("continue-on-error"):
                told["outcome"] = "success"  # else no later step runs, unless its `if` asks for a failure
            self.outer["steps"][key] = told

    def environment(self) -> dict[str, str]:
        return {name: text_of(value) for name, value in self.contexts["env"].items()}

    def where(self, builder: str) -> str:
        """Where this step builds with a builder, or with the current one."""
        return self.job.builders.where(builder, self.own_doubt)

    # --- what is found

    def builds_image(self, endpoint: str, **told: Any) -> None:
        """`told` are what else is known of it, as ImageBuild has it."""
        job, name = self.job, self.name
        build = ImageBuild(
            job.name, job.labels, name, endpoint, doubt=self.doubt, ordinary=self.ordinary, **told
        )
        self.found.builds.append(build)

    def builds(self, what: str, where: str) -> None:
        """Another builder than buildx."""
        self.builds_image("" if where == RUNNER else where, opaque=f"fisk does not read {what}")

    def emulates(self, what: str) -> None:
        self.found.emulates[Emulation(f"{what} in job {self.job.name}, step {self.name}", self.doubt)] = None

    def deploys(self, asks: str) -> None:
        """It has Coolify deploy."""
        told = Deploys(self.job.name, self.name, asks, doubt=self.doubt, ordinary=self.ordinary)
        self.found.deploys.append(told)

    def doubts(self, what: str) -> None:
        self.found.doubts[f"{self.at} {what}"] = None
