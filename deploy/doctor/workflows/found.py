"""What was found in a workflow while its jobs were walked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from deploy.doctor.workflows.model import Deploys, Emulation, ImageBuild, Joined


@dataclass(slots=True)
class Found:
    """`needs` are files of the repository that a workflow names, and nobody has handed over yet."""

    builds: list[ImageBuild] = field(default_factory=list)
    joined: list[Joined] = field(default_factory=list)
    emulates: dict[Emulation, None] = field(default_factory=dict)
    doubts: dict[str, None] = field(default_factory=dict)
    deploys: list[Deploys] = field(default_factory=list)
    needs: dict[str, None] = field(default_factory=dict)

    def add(self, other: Found) -> None:
        """What another event finds, without what is known already: only the branch's own push tells what is pushed."""
        known = [_unpushed(each) for each in self.builds]
        self.builds += [each for each in other.builds if _unpushed(each) not in known]
        self.joined += [each for each in other.joined if each not in self.joined]
        self.emulates |= other.emulates
        self.doubts |= other.doubts
        asked = [(each.job, each.step) for each in self.deploys]
        self.deploys += [each for each in other.deploys if (each.job, each.step) not in asked]
        self.needs |= other.needs


def _unpushed(build: ImageBuild) -> ImageBuild:
    """All of it but what it pushes."""
    return replace(build, tags=(), cache_to=(), flags={}, ordinary=True)
