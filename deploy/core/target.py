"""What can be deployed, and what operations lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from deploy.core.fields import Globs, HttpUrl, ImageName, Members, Text

APPROVED = frozenset(
    {"deploy", "force", "env copy", "env undo", "buildkit recreate"}
)  # unless a target says other


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
class Target:
    """Something that can be deployed: a `[targets.NAME]` table of fisk.toml.

    Attributes:
        image: without a tag.
        app: the uuid of its Coolify application.
        health: a URL that answers 200 where the app is healthy.
        platform: of its host, as `linux/arm64`.
        workflow: the file below .github/workflows that builds it.
        environment: its name on GitHub's deployments page.
        host: the machine that its container runs on, where it is known.
        protected: one other person must approve changes of its variables.
        approvals: how many other people must approve what `approvals_for` lists.
        approvers: who may, as in a role's members; empty: whoever may `approve` for it.
        approvals_for: verbs as typed, or `force`: anything with that option.
        migrations: GitHub's filter patterns of the files that change its database.
    """

    name: str
    image: ImageName
    app: Text
    health: HttpUrl
    platform: str = "linux/arm64"
    workflow: str = "build.yml"
    environment: str = "production"
    host: str = ""
    protected: bool = False
    approvals: Annotated[int, Field(ge=0, le=5)] = 0
    approvers: Members = frozenset()
    approvals_for: frozenset[str] = APPROVED
    migrations: Globs = ()

    @property
    def resource(self) -> Resource:
        """What operations on this target lock."""
        return Resource("app", self.name)
