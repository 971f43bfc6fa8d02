"""What a workflow file says, as the rules judge it.

In all texts the commit's own digits read as `<sha>` and `<short>`; what nobody can resolve stands as it is written,
with its `$`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from deploy.core.values import dataclass

SHA, SHORT = "<sha>", "<short>"


def resolved(text: str) -> bool:
    """Whether nothing of an expression, a shell's variable or a template is left in it."""
    return "$" not in text and "{{" not in text


@dataclass(frozen=True, slots=True)
class ImageBuild:
    """A step that builds an image. `endpoint` is where its builder is; empty for the runner itself.

    `names` are the images that it is about, `tags` those that it pushes. `flags` are `provenance` and `sbom` where
    they are written. `opaque` says why platforms and tags are not known, `doubt` why nobody can tell whether it runs.
    `ordinary`: a push to the branch that is deployed from starts it.
    """

    job: str
    labels: tuple[str, ...]
    step: str = ""
    endpoint: str = ""
    platforms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    flags: Mapping[str, str] = field(default_factory=dict)
    opaque: str = ""
    doubt: str = ""
    ordinary: bool = True


@dataclass(frozen=True, slots=True)
class Joined:
    """Tags that a step pushes without a build: `imagetools create` of what was pushed by digest, or `docker push`."""

    job: str
    tags: tuple[str, ...]
    doubt: str = ""
    ordinary: bool = True


@dataclass(frozen=True, slots=True)
class Emulation:
    """Something that emulates a processor; `doubt` says why nobody can tell whether it does."""

    what: str
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Deploys:
    """A step that has Coolify deploy; `asks` is what it says for that, `doubt` why nobody can tell whether it runs."""

    job: str
    step: str
    asks: str
    doubt: str = ""
    ordinary: bool = True


@dataclass(frozen=True, slots=True)
class Workflow:
    """`pushes` are the patterns of the branches whose pushes start it, `starts` whether one to the branch that is
    deployed from does.

    `doubts` are steps that may build or emulate for all that fisk knows. `problem` says why it is no workflow,
    `unread` why fisk does not know whether it is one.
    """

    path: str
    pushes: tuple[str, ...] = ()
    starts: bool = False
    builds: tuple[ImageBuild, ...] = ()
    joined: tuple[Joined, ...] = ()
    emulates: tuple[Emulation, ...] = ()
    doubts: tuple[str, ...] = ()
    deploys: tuple[Deploys, ...] = ()
    problem: str = ""
    unread: str = ""

    @property
    def file(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def why_unknown(self) -> str:
        """Why nothing of it is known; empty where it was read."""
        return self.problem or self.unread
