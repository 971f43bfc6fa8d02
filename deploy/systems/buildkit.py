"""BuildKit's container on its host: what Docker says of it, and whether BuildKit itself answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.hosts import BuildKitSpec
    from deploy.systems.ssh import Ssh


class BuildKit:
    """The builder that `spec` describes, over its host's connection."""

    def __init__(self, spec: BuildKitSpec, ssh: Ssh) -> None:
        self.spec = spec
        self.ssh = ssh
