"""References to images: a repository with a tag or a digest, compared by what they mean."""

from __future__ import annotations

import re

from deploy.core.values import dataclass

LATEST = "latest"
DOCKER_HUB = "registry-1.docker.io"
DOCKER_HUB_NAMES = frozenset({"docker.io", "index.docker.io", DOCKER_HUB})
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
PINNED = re.compile(r"sha256-([0-9a-f]{64})")  # a tag that Coolify deploys as a digest, since 4.0.0-beta.435
HEX = re.compile(r"[0-9a-f]{64}")
MARK = "@sha256"  # at the end of a name in Coolify, where the tag is the digest's digits: every version takes that
WRITTEN = re.compile(r"(?P<name>[^@\s]+?)(?::(?P<tag>[^:/@\s]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?")
COMMIT, SHORT = re.compile(r"[0-9a-f]{40}"), 7
SHOWN = 19  # characters of a digest, its algorithm included


def split(repository: str) -> tuple[str, str]:
    """The host and the name in it: `ghcr.io/acme/shop`; without a host it is Docker Hub's."""
    first, _, rest = repository.lower().partition("/")
    if rest and ("." in first or ":" in first or first == "localhost"):
        return _on(first, rest)
    return _on(DOCKER_HUB, repository.lower())


def _on(host: str, name: str) -> tuple[str, str]:
    if host not in DOCKER_HUB_NAMES:
        return host, name
    return DOCKER_HUB, name if "/" in name else f"library/{name}"


def same_repository(one: str, other: str) -> bool:
    """Whether two names mean one repository: `docker.io/acme/app` is `acme/app`, and case does not count."""
    return split(one) == split(other)


@dataclass(frozen=True, slots=True)
class Reference:
    """An image by its digest or, where that is empty, by its tag."""

    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def of(self) -> str:
        """What a registry is asked for: the digest, or the tag."""
        return self.digest or self.tag or LATEST

    @property
    def shown(self) -> str:
        """As people are shown it: the beginning of the digest or of a commit's digits, or the tag."""
        if self.digest:
            return brief(self.digest)
        return self.tag[:SHORT] if COMMIT.fullmatch(self.tag) else self.tag or LATEST

    @property
    def follows(self) -> bool:
        """Whether it is `latest`, which no tag means in Coolify."""
        return not self.digest and self.tag in {"", LATEST}


def parse_reference(text: str) -> Reference | None:
    """`IMAGE[:TAG][@DIGEST]`; None for anything else."""
    found = WRITTEN.fullmatch(text)
    return found and Reference(found["name"], found["tag"] or "", found["digest"] or "")


def configured(name: str, tag: str) -> Reference | None:
    """What Coolify deploys for an application with this name and tag; None where both say that they are a digest,
    which names no image.

    Source: Coolify's ApplicationDeploymentJob, generate_image_names.
    """
    pinned = PINNED.fullmatch(tag)
    if not name.endswith(MARK):
        return Reference(name, digest=f"sha256:{pinned[1]}") if pinned else Reference(name, tag)
    if not HEX.fullmatch(tag):
        return None
    return Reference(name.removesuffix(MARK), digest=f"sha256:{tag}")


def brief(digest: str) -> str:
    """The beginning of a digest, as people are shown it."""
    return f"{digest[:SHOWN]}…"
