"""What a command of a script does, of those things that matter to the build authority."""

from __future__ import annotations

from deploy.core.values import dataclass

RUNNER = "on the runner itself"


@dataclass(frozen=True, slots=True)
class Buildx:
    """`docker buildx build` and its like, with what follows; `bake` builds what a file says. `own`: it takes the
    engine's own builder, whichever is chosen.
    """

    words: tuple[str, ...]
    bake: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Builds:
    """Another builder, which builds there."""

    what: str
    where: str = RUNNER


@dataclass(frozen=True, slots=True)
class Create:
    """`docker buildx create`, or `use`, with what follows."""

    words: tuple[str, ...]
    use: bool = False


@dataclass(frozen=True, slots=True)
class Pushes:
    """Tags that are pushed without a build."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Emulates:
    what: str


@dataclass(frozen=True, slots=True)
class MayBuild:
    """Nobody can tell what it does."""

    what: str


Act = Buildx | Builds | Create | Pushes | Emulates | MayBuild
