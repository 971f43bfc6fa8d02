"""What GitHub knows, as values: commits, builds, jobs, runners. Times are seconds since the epoch.

Each field says what it is called in GitHub's JSON where that is another name.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from deploy.core.json_fields import (
    OURS,
    PARTS,
    Flag,
    Moment,
    Number,
    RequiredNumber,
    RequiredText,
    Text,
    Texts,
    called,
    otherwise,
    text,
    texts_at,
)
from deploy.core.units import cut
from deploy.core.values import dataclass

# https://docs.github.com/actions/how-tos/manage-workflow-runs/skip-workflow-runs
SKIPS = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")
SKIP_TRAILERS = frozenset({"skip-checks: true", "skip-checks:true"})
LONGEST_TITLE = 200  # characters of a commit's or a run's title


def skip_marker(message: str) -> str:
    """The part of a message for which GitHub runs no workflow for a push; empty where there is none."""
    last = message.strip().rpartition("\n")[2].strip()
    if last in SKIP_TRAILERS:
        return last
    return next((marker for marker in SKIPS if marker in message), "")


def _first_line(message: str) -> str:
    """Cut: Git takes a title of any length, and every view repeats it."""
    return cut(message.strip().splitlines()[0].strip(), LONGEST_TITLE) if message.strip() else ""


def _file(path: str) -> str:
    """The name of a workflow's file, as of `.github/workflows/build.yml@refs/heads/main`."""
    return path.partition("@")[0].rpartition("/")[2]


def _online(status: Any) -> bool:
    return status in (True, "online")


@dataclass(frozen=True, slots=True)
class Repository:
    """What stays through every rename, and the name as it is now. `branch` is the default one."""

    id: RequiredNumber
    name: Annotated[RequiredText, called("full_name")]
    branch: Annotated[Text, called("default_branch")] = ""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit by its 40 digits. `title` is the message's first line; `login` is empty for an unknown author.

    `skips`: what in its message keeps GitHub from running workflows for a push of it, as in `[skip ci]`.
    """

    sha: Annotated[str, Field(pattern="^[0-9a-f]{40}$")]
    title: Annotated[Text, called(("commit", "message")), AfterValidator(_first_line)]
    author: Annotated[Text, called(("commit", "author", "name"))]
    login: Annotated[Text, called(("author", "login"))]
    at: Annotated[Moment, called(("commit", "committer", "date"), ("commit", "author", "date"))]
    url: Annotated[Text, called("html_url")] = ""
    files: Annotated[tuple[str, ...], texts_at("filename")] = ()
    parents: Annotated[tuple[str, ...], texts_at("sha")] = ()
    skips: Annotated[Text, called(("commit", "message")), AfterValidator(skip_marker)] = ""


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request. `merge_commit`: what its merge made of it; `base`: the branch that it is for."""

    number: int
    merged: bool
    base: Annotated[RequiredText, called(("base", "ref"))]
    merge_commit: Annotated[Text, called("merge_commit_sha")] = ""


@dataclass(frozen=True, slots=True)
class Push:
    """One push to a branch: `after` is its last commit, `before` the branch's head until then."""

    before: Text
    after: RequiredText
    at: Annotated[Moment, called("timestamp")] = 0


def _before(files: Any) -> tuple[str, ...]:
    """The names that files had before, one for each that has a name."""
    if not isinstance(files, list | tuple):
        return ()
    named = [each for each in files if isinstance(each, dict) and isinstance(each.get("filename"), str)]
    return tuple(text(each.get("previous_filename")) for each in named)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`head` seen from `base`; `commits` are those that head has and base lacks, oldest first, at most 250.

    `files`: those that head has changed since the two parted, at most 300; `was`: of each the name that it had before,
    empty where it has that still.
    """

    status: Literal["ahead", "behind", "diverged", "identical"]
    ahead_by: RequiredNumber
    behind_by: RequiredNumber
    commits: Annotated[tuple[Commit, ...], PARTS] = ()
    files: Annotated[tuple[str, ...], texts_at("filename")] = ()
    was: Annotated[tuple[str, ...], called("files"), BeforeValidator(_before)] = ()


@dataclass(frozen=True, slots=True)
class Build:
    """A workflow run. `conclusion` is empty until `status` is `completed`; a rerun raises `attempt`.

    `workflow` is its file's name, `title` GitHub's for it, `actor` the login of the user who started this attempt,
    `pusher` that of the one who started the first: for a push, whoever pushed; `repository` is empty where an earlier
    fisk noted it.
    """

    id: RequiredNumber
    sha: Annotated[RequiredText, called("head_sha")]
    branch: Annotated[Text, called("head_branch")]
    event: Text
    status: RequiredText
    conclusion: Text
    attempt: Annotated[Number, called("run_attempt", default=1), otherwise(1)]
    started: Annotated[Moment, called("run_started_at", "created_at")]
    updated: Annotated[Moment, called("updated_at")]
    url: Annotated[Text, called("html_url")]
    title: Annotated[Text, called("display_title")] = ""
    workflow: Annotated[Text, called("path"), AfterValidator(_file)] = ""
    actor: Annotated[Text, called(("triggering_actor", "login"), ("actor", "login"))] = ""
    repository: Annotated[Text, called(("repository", "full_name"))] = ""
    pusher: Annotated[Text, called(("actor", "login"))] = ""

    @property
    def over(self) -> bool:
        return self.status == "completed"

    @property
    def note(self) -> str:
        """The summary for a step that read it."""
        state = (self.conclusion or self.status).replace("_", " ")
        return f"build {self.id}, attempt {self.attempt}: {state}"


@dataclass(frozen=True, slots=True)
class JobStep:
    """A step of a job. `started` and `finished` are 0 until they happen."""

    name: Text
    number: Number
    status: Text
    conclusion: Text
    started: Annotated[Moment, called("started_at")]
    finished: Annotated[Moment, called("completed_at")]


@dataclass(frozen=True, slots=True)
class Job:
    """A job of a workflow run, with its steps in order."""

    id: RequiredNumber
    name: Text
    status: RequiredText
    conclusion: Text
    started: Annotated[Moment, called("started_at")]
    finished: Annotated[Moment, called("completed_at")]
    url: Annotated[Text, called("html_url")]
    runner: Annotated[Text, called("runner_name")] = ""
    labels: Texts = ()
    steps: Annotated[tuple[JobStep, ...], PARTS] = ()
    created: Annotated[Moment, called("created_at")] = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the deployments page."""

    id: RequiredNumber
    description: Text
    at: Annotated[Moment, called("created_at")] = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """A file or a folder in a folder."""

    path: RequiredText
    type: Text


@dataclass(frozen=True, slots=True)
class Tree:
    """What a commit has, folders too. `truncated`: there is more than GitHub lists, which is 100,000 or 7 MB of it."""

    entries: Annotated[tuple[Listed, ...], PARTS, called("tree")]
    truncated: Flag

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(each.path for each in self.entries if each.type == "blob")


@dataclass(frozen=True, slots=True)
class File:
    """What is in a file, if it is not too large."""

    encoding: Text
    content: Text


@dataclass(frozen=True, slots=True)
class Webhook:
    """What a webhook is about, besides a build. Older GitHub Enterprise names the workflow's file here only."""

    repository: Annotated[Text, called(("repository", "full_name"))]
    repository_id: Annotated[Number, called(("repository", "id"))]
    workflow: Annotated[Text, called(("workflow", "path")), AfterValidator(_file)]


@dataclass(frozen=True, slots=True)
class Runner:
    """A self-hosted runner as GitHub sees it. `shared`: the organisation's, which may work for other repositories."""

    id: RequiredNumber
    name: Text
    online: Annotated[bool, BeforeValidator(_online), called("status", default=False)]
    busy: Flag
    labels: Annotated[tuple[str, ...], texts_at("name")] = ()
    shared: Annotated[Flag, OURS] = False

    def takes(self, labels: tuple[str, ...]) -> bool:
        """Whether it has every label that a job asks for, case-insensitively, as GitHub compares them."""
        return {label.lower() for label in labels} <= {label.lower() for label in self.labels}
