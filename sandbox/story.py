"""The sandbox's scenario: fixed commits, so that every documented example works as written.

Times are story seconds relative to its start; a build ends `minutes` after its commit was pushed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

REPOSITORY = "Wandeon/FiskAI"
BRANCH = "main"
IMAGE = "wandeon/fiskai-app"
WORKER = "wandeon/fiskai-worker"
REGISTRY = "ghcr.io"
WORKFLOW = "build.yml"
ENVIRONMENTS = {"app": "production", "staging": "staging"}
PLATFORM = "linux/arm64"

MINUTE = 60.0

# Messages that keep GitHub from running workflows for a push (facts/github.md, "Commits without a run").
SKIPS = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")
SKIP_TRAILERS = ("skip-checks: true", "skip-checks:true")


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    login: str
    email: str
    id: int


ANA = Person("Ana Horvat", "ana-horvat", "ana@fiskai.example", 4101)
MARKO = Person("Marko Babić", "markobabic", "marko@fiskai.example", 4102)
IVO = Person("Ivo Perić", "ivo-peric", "ivo@fiskai.example", 4103)


@dataclass(frozen=True, slots=True)
class Built:
    """A build of the story: its duration, its conclusion, and the image that it pushes.

    `revision` is the image's revision label if it is wrong; `healthy`: whether the image can run. `images` are those
    that it pushes, `skips` its jobs that are skipped: a workflow may build several images, each only when its paths
    have changed. `refused`: why its job never begins.
    """

    minutes: float = 18.0
    conclusion: str = "success"
    platforms: tuple[str, ...] = (PLATFORM,)
    index: bool = False
    revision: str = ""
    healthy: bool = True
    images: tuple[str, ...] = (IMAGE,)
    skips: tuple[str, ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True)
class StoryCommit:
    sha: str
    title: str
    author: Person
    at: float
    files: tuple[str, ...]
    parent: str = ""
    branch: str = BRANCH
    built: Built | None = field(default_factory=Built)
    trailer: str = ""
    renamed: tuple[tuple[str, str], ...] = ()  # of its files the new name, and the one before

    @property
    def message(self) -> str:
        """The whole commit message; the title is its first line."""
        signed = f"Signed-off-by: {self.author.name} <{self.author.email}>"
        return "\n".join([self.title, "", signed, *([self.trailer] if self.trailer else [])])

    @property
    def skips(self) -> bool:
        """Whether its message keeps GitHub from running workflows for a push of it."""
        return any(marker in self.message for marker in SKIPS) or self.trailer in SKIP_TRAILERS

    @property
    def built_at(self) -> float:
        """The story second at which its build ends; only for a commit with a build."""
        return self.at + (self.built.minutes if self.built else 0) * MINUTE


# The newest six of main, oldest first.
RUNS = "a4c9e1f27b60d83f5e1c49a07d2b86e3f0c5a917"  # built and healthy: what runs when the story begins
AMD64_ONLY = "51ab3c4e90f7d2a86c1b45e3d8f07a92b6c4e1d0"
SICK = "e02d8aa61f3b94c7d05e82a1f6b3c9d74e0a5f28"  # built, but answers 503 wherever it runs
BUILT = "3f2a1b9c85e4d7f60a19b3c2e8d5f4a7061b9e3c"  # the one to deploy
DOCS_ONLY = "b7d0c5e3a2f1946d8b7c0e5f3a9d2c1b84f6e07a"
BUILDING = "9c41d07f6e8b2a35d4c9f01e7b6a83d5c2f49e10"

# Older ones of main, oldest first.
COLLIDING = "d1ce5e70a4b93f2c6e8d17f5a0b3c9e2d4f68a71"  # shares its first seven digits with the next
OTHER_TWIN = "d1ce5e7f92c06b4a8d3e51f7c0a9b2e6d8f413c5"
BUILD_FAILED = "77be0f2d4a61c83e95f07b2d1c6a4e8f3b9d05c7"
WRONG_REVISION = "c85f1d6b03e72a94f8d5c1b60e3a7f92d4b8e05c"  # its image's revision label names RUNS
MULTI_ARCH = "0b94ac7e5f218d63a7c0e4b9f5d2813a6e7c9f04"  # an index with attestations, healthy

# On another branch, never merged.
OFF_MAIN = "f6e3d91b7c04a82f5d9e1b63c7a0f8d2e4b5c916"
OFF_MAIN_BRANCH = "feature/e-invoice-export"

AMBIGUOUS = COLLIDING[:7]
UNKNOWN = "1234567"  # no commit begins so


def _commits() -> Iterable[StoryCommit]:
    day = 24 * 60 * MINUTE
    yield StoryCommit(
        COLLIDING, "Start the receipts queue", IVO, -9 * day, ("lib/queue/receipts.ts",), built=Built(21)
    )
    yield StoryCommit(
        OTHER_TWIN, "Retry receipts that time out", IVO, -8 * day, ("lib/queue/receipts.ts",), built=Built(20)
    )
    yield StoryCommit(
        BUILD_FAILED,
        "Move to the new PDF renderer",
        ANA,
        -6 * day,
        ("package.json", "package-lock.json", "lib/pdf/render.ts"),
        built=Built(6, conclusion="failure", platforms=()),
    )
    yield StoryCommit(
        WRONG_REVISION,
        "Cache the base layer by hand",
        MARKO,
        -5 * day,
        ("Dockerfile", ".github/workflows/build.yml"),
        built=Built(19, revision=RUNS),
    )
    yield StoryCommit(
        MULTI_ARCH,
        "Build for both architectures once",
        MARKO,
        -4 * day,
        ("Dockerfile",),
        built=Built(24, platforms=("linux/amd64", PLATFORM), index=True),
    )
    yield StoryCommit(
        RUNS, "Show the invoice total in words", ANA, -26 * 60 * MINUTE, ("app/invoices/total.tsx",)
    )
    yield StoryCommit(
        AMD64_ONLY,
        "Tell <!channel> & <@U024BE7LH> when a fiscal receipt is rejected",
        IVO,
        -5 * 60 * MINUTE,
        ("lib/fiscal/notify.ts", "tests/fiscal/notify.test.ts"),
        built=Built(17, platforms=("linux/amd64",)),
    )
    yield StoryCommit(
        SICK,
        "Read the fiscal certificate at start",
        MARKO,
        -180 * MINUTE,
        ("lib/fiscal/certificate.ts", "app/api/health/route.ts"),
        built=Built(19, healthy=False),
    )
    yield StoryCommit(
        BUILT, "Round VAT per line", MARKO, -42 * MINUTE, ("lib/vat/round.ts", "tests/vat/round.test.ts")
    )
    yield StoryCommit(
        DOCS_ONLY,
        "Explain the VAT rounding rules",
        ANA,
        -25 * MINUTE,
        ("docs/vat.md", "README.md"),
        built=None,
    )
    yield StoryCommit(
        BUILDING, "Add a VAT summary to the dashboard", IVO, -9 * MINUTE, ("app/dashboard/vat.tsx",)
    )
    yield StoryCommit(
        OFF_MAIN,
        "Try an e-invoice export",
        ANA,
        -30 * MINUTE,
        ("lib/export/einvoice.ts",),
        parent=BUILT,
        branch=OFF_MAIN_BRANCH,
    )


def linked(commits: Iterable[StoryCommit]) -> dict[str, StoryCommit]:
    """Set each commit's parent to the one before it."""
    linked: dict[str, StoryCommit] = {}
    tip = ""
    for commit in commits:
        on_main = commit.branch == BRANCH
        linked[commit.sha] = commit if commit.parent or not on_main else replace(commit, parent=tip)
        tip = commit.sha if on_main else tip
    return linked


COMMITS: dict[str, StoryCommit] = linked(_commits())
"""By sha, oldest of main first."""

HEADS = {BRANCH: BUILDING, OFF_MAIN_BRANCH: OFF_MAIN}
"""Where each branch points."""
