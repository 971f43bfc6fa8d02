"""What can be deployed, and what operations lock."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from deploy.core.checks import Check, fitting
from deploy.core.fields import (
    Duration,
    Folder,
    Globs,
    ImageName,
    Members,
    OptionalHttpUrl,
    OptionalImageName,
    OptionalVariable,
    Repository,
    ServiceName,
    Text,
    Variables,
)
from deploy.core.values import dataclass

APPROVED = frozenset(
    {"deploy", "force", "env copy", "env undo", "buildkit recreate"}
)  # unless a target says other
COMMIT = "{sha}"  # what stands for the commit in a variable's value


@dataclass(frozen=True, slots=True, order=True)
class Resource:
    """What an operation locks, or a person holds: `app:NAME`, `buildkit:HOST`, `env:UUID` and so on."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"

    @property
    def plain(self) -> str:
        """As people type it: an app by its name, anything else as `KIND:NAME`."""
        return self.name if self.kind == "app" else str(self)

    @classmethod
    def parse(cls, text: str) -> Resource:
        kind, _, name = text.partition(":")
        return cls(kind, name)


@dataclass(frozen=True, slots=True)
class After:
    """What an image must have done elsewhere before: the `after` of a target.

    Attributes:
        target: the one that it must have run in.
        for: how long it must have run there healthy and without a gap, such as `30m`.
    """

    target: Text
    seconds: Annotated[Duration, Field(alias="for")]


@dataclass(frozen=True, slots=True)
class Target:
    """Something that can be deployed: a `[targets.NAME]` table of fisk.toml.

    Attributes:
        image: without a tag.
        app: the uuid of its Coolify application.
        health: a URL that answers 200 where the app is healthy; may be left out where compose runs it.
        platform: of its host, as `linux/arm64`.
        workflow: the file below .github/workflows that builds it.
        environment: its name on GitHub's deployments page.
        host: the machine that its container runs on, where it is known.
        protected: one other person must approve changes of its variables.
        approvals: how many other people must approve what `approvals_for` lists.
        approvers: who may, as in a role's members; empty: whoever may `approve` for it.
        approvals_for: verbs as typed, or `force`: anything with that option.
        migrations: GitHub's filter patterns of the files that change its database.
        kind: what runs it: `coolify`, or `compose`, a project of docker compose on its host.
        images: in place of `image`, several that one commit's build pushes, and that are deployed together.
        repository: where its commits are, as `OWNER/NAME`; empty: FISK_GITHUB_REPOSITORY.
        branch: the one that it is deployed from; empty: FISK_GITHUB_BRANCH.
        folder: of the compose project on its host, which has the `.env` that compose reads.
        file: the compose file, in that folder.
        services: those that are deployed; empty: all whose image is one of the target's.
        variables: of that `.env`, each with its value; `{sha}` stands for the commit's forty digits.
        revision: the variable in a container that names the commit it was built from; empty: there is none.
        project: the project's name; empty: the folder's, as compose makes it.
        compose: the command; empty: `docker compose`, else `docker-compose`.
        settle: seconds that a container without a health check must run without a restart.
        checks: what must be so after a deploy, once it is healthy.
        bake: for how long they are asked again afterwards, as `10m`.
        follow: each good build of the branch is deployed by itself, until somebody says `follow TARGET off`.
        after: where an image must have run healthy, and for how long, before it is deployed here.
    """

    name: str
    image: OptionalImageName = ""
    app: str = ""
    health: OptionalHttpUrl = ""
    platform: str = "linux/arm64"
    workflow: str = "build.yml"
    environment: str = "production"
    host: str = ""
    protected: bool = False
    approvals: Annotated[int, Field(ge=0, le=5)] = 0
    approvers: Members = frozenset()
    approvals_for: frozenset[str] = APPROVED
    migrations: Globs = ()
    kind: Literal["coolify", "compose"] = "coolify"
    images: tuple[ImageName, ...] = ()
    repository: Repository = ""
    branch: str = ""
    folder: Folder = ""
    file: str = "docker-compose.yml"
    services: tuple[ServiceName, ...] = ()
    variables: Variables = ()
    revision: OptionalVariable = ""
    project: str = ""
    compose: tuple[str, ...] = ()
    settle: Annotated[float, Field(ge=0, le=3600)] = 10.0
    checks: Annotated[tuple[Check, ...], AfterValidator(fitting)] = ()
    bake: Duration = 0.0
    follow: bool = False
    after: After | None = None

    def __post_init__(self) -> None:
        """The first of several images is what stands for the target where one does."""
        object.__setattr__(self, "image", self.image or next(iter(self.images), ""))

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """What each kind must have, in words that name the key."""
        if self.images and self.image != self.images[0]:
            raise ValueError("`image` and `images` are two ways to say the same: keep one")
        images = () if self.image else ("image",)
        missing = [*images, *(key for key in _NEEDED[self.kind] if not getattr(self, key))]
        if missing:
            raise ValueError(f"a target of kind {self.kind} needs {', '.join(f'`{key}`' for key in missing)}")
        if self.kind == "compose" and not any(COMMIT in value for _, value in self.variables):
            raise ValueError(f"`variables`: none has {COMMIT}, so no commit could be deployed")
        return self

    @property
    def resource(self) -> Resource:
        """What operations on this target lock."""
        return Resource("app", self.name)

    @property
    def every_image(self) -> tuple[str, ...]:
        """All images that it is made of, `image` first."""
        return self.images or (self.image,)

    def of_image(self, image: str) -> Target:
        """The same target, as far as one of its images goes."""
        return replace(self, image=image, images=())

    def variables_of(self, sha: str) -> dict[str, str]:
        """What its `.env` says once a commit is deployed."""
        return {name: value.replace(COMMIT, sha) for name, value in self.variables}

    @property
    def project_name(self) -> str:
        """What compose calls the project: as set, else made of the folder's name.

        Source: compose 1.29.2, config/config.py and cli/command.py, normalize_name; v2 does the same to it.
        """
        return self.project or re.sub(r"[^-_a-z0-9]", "", PurePosixPath(self.folder).name.lower())


_NEEDED = {"coolify": ("app", "health"), "compose": ("host", "folder", "variables")}
