"""What Coolify knows, as values: applications and deployments. Times are seconds since the epoch.

Each field says what it is called in Coolify's JSON where that is another name.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from deploy.core.json_fields import OURS, Flag, Moment, RequiredText, Text, called, otherwise
from deploy.core.pages import DEPLOYMENT
from deploy.core.reference import Reference, configured
from deploy.core.values import dataclass

HEAD = "HEAD"  # its key for the deployments of an image app until a commit is set


@dataclass(frozen=True, slots=True)
class Application:
    """An application as *configured* in Coolify; which image runs may differ.

    `not_rolling` names each setting that makes Coolify stop the old container before it starts the new one,
    `builds` each that makes it build from source.
    """

    uuid: RequiredText
    name: Text
    status: Text
    build_pack: RequiredText
    image: Annotated[Text, called("docker_registry_image_name")]
    tag: Annotated[Text, called("docker_registry_image_tag")]
    commit: Annotated[Text, called("git_commit_sha", default=HEAD), otherwise(HEAD)]
    health_check: Annotated[Flag, called("health_check_enabled")]
    not_rolling: Annotated[tuple[str, ...], OURS] = ()
    builds: Annotated[tuple[str, ...], OURS] = ()

    @property
    def reference(self) -> Reference | None:
        """What the next deployment from anywhere would deploy; None where name and tag name no image."""
        return configured(self.image, self.tag)


@dataclass(frozen=True, slots=True)
class Listed:
    """An application in the list of all. `domains` are addresses, with commas between them. Where the build pack is
    `dockerimage`, repository and branch say nothing.
    """

    uuid: RequiredText
    name: Text
    build_pack: Text
    image: Annotated[Text, called("docker_registry_image_name")]
    repository: Annotated[Text, called("git_repository")]
    branch: Annotated[Text, called("git_branch")]
    domains: Annotated[Text, called("fqdn")]
    health_check: Annotated[Flag, called("health_check_enabled")]
    health_path: Annotated[Text, called("health_check_path")]

    @property
    def source(self) -> str:
        """The image that it runs, or `REPOSITORY (BRANCH)` where Coolify builds it."""
        return self.image or f"{self.repository} ({self.branch})"

    @property
    def health(self) -> str:
        """The address that its health check has from outside; empty where it has no domain."""
        domain = self.domains.partition(",")[0].strip().rstrip("/")
        return domain and f"{domain}/{self.health_path.lstrip('/')}"


@dataclass(frozen=True, slots=True)
class LogLine:
    """A visible line of a Coolify deployment's log."""

    text: str
    error: bool = False


def _page(path: str) -> str:
    """A path that stays at Coolify, whatever it says; empty for any other text."""
    return path if re.fullmatch(DEPLOYMENT, path) else ""


FINISHED, CANCELLED = "finished", "cancelled-by-user"
ACTIVE: frozenset[str] = frozenset({"queued", "in_progress"})


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment of Coolify's.

    Attributes:
        commit: its duplicate key, a sha or `HEAD`; set by whoever asked, so it proves nothing about the image.
        at: when it was asked for.
        updated: when Coolify last noted something of it, a line of its log too.
        printed: whether its log holds lines of the application itself, as after a failed health check.
        image: the reference that it began to deploy, by its own log; empty before that, and without read:sensitive.
        page: its path at Coolify; empty where Coolify says none.
        cause: why it failed, as Coolify marks it in its log; empty where it does not.
        did: what was done, where it was none of Coolify's.
    """

    uuid: Annotated[RequiredText, called("deployment_uuid")]
    status: RequiredText
    commit: Annotated[Text, Field(default=HEAD), otherwise(HEAD)]
    at: Annotated[Moment, called("created_at")] = 0
    logs: Annotated[tuple[LogLine, ...], OURS] = ()
    cause: Annotated[str, OURS] = ""
    printed: Annotated[bool, OURS] = False
    updated: Annotated[Moment, called("updated_at")] = 0
    image: Annotated[str, OURS] = ""
    page: Annotated[Text, called("deployment_url"), AfterValidator(_page)] = ""
    did: Annotated[str, OURS] = ""

    @property
    def active(self) -> bool:
        return self.status in ACTIVE

    @property
    def shown(self) -> str:
        """What sentences call it: by its page, which views make a short link, else by its id."""
        return self.page or self.uuid

    @property
    def app_page(self) -> str:
        """The application's path at Coolify; empty where it is not known."""
        return self.page.rpartition("/deployment/")[0]

    @property
    def note(self) -> str:
        return self.did or f"deployment {self.shown}"
