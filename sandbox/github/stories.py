"""What the story has of each repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox import story, workers_story
from sandbox.github.contents import BUILD, CI, FOLDER, WORKER
from sandbox.story import Built, StoryCommit


@dataclass(frozen=True, slots=True)
class RepositoryStory:
    """A repository as the story begins.

    `built` is what a build of it is like; `first` is added to the ids of its runs, jobs and deployments, since GitHub
    gives none twice; `files` are by path, `at` what they are at single commits.
    """

    name: str
    id: int
    workflow: str
    workflow_id: int
    commits: Mapping[str, StoryCommit]
    heads: Mapping[str, str]
    built: Built
    edits: str
    files: Mapping[str, str]
    at: Mapping[tuple[str, str], str] = field(default_factory=dict)
    first: int = 0

    @property
    def html_url(self) -> str:
        return f"https://github.com/{self.name}"


def _pairs() -> dict[tuple[str, str], str]:
    """Which of the workers' commits goes with each of the app's newer ones."""
    runs = dict.fromkeys((story.RUNS, story.AMD64_ONLY, story.SICK), workers_story.RUNS)
    built = dict.fromkeys((story.BUILT, story.DOCS_ONLY, story.BUILDING), workers_story.BUILT)
    return {(sha, workers_story.PAIRS): f"{goes_with}\n" for sha, goes_with in {**runs, **built}.items()}


APP = RepositoryStory(
    name=story.REPOSITORY,
    id=902_117_345,
    workflow=story.WORKFLOW,
    workflow_id=118_402_777,
    commits=story.COMMITS,
    heads=story.HEADS,
    built=Built(),
    edits="app/dashboard/vat.tsx",
    files={
        f"{FOLDER}/{story.WORKFLOW}": BUILD,
        f"{FOLDER}/ci.yml": CI,
        f"{FOLDER}/worker.yml": WORKER,
        workers_story.PAIRS: f"{workers_story.BUILT}\n",
    },
    at=_pairs(),
)
WORKERS = RepositoryStory(
    name=workers_story.REPOSITORY,
    id=902_340_118,
    workflow=workers_story.WORKFLOW,
    workflow_id=118_733_405,
    commits=workers_story.COMMITS,
    heads={story.BRANCH: workers_story.BUILT},
    built=workers_story.BUILD,
    edits="src/queue/receipts.ts",
    files={f"{FOLDER}/{workers_story.WORKFLOW}": workers_story.FILE},
    first=5_000_000,
)
